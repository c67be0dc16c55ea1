// The page's module, and the worker that polls for all tabs: docs/ARCHITECTURE.md.

const seconds = 1000;
const newID = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const jitter = (ms) => ms * (0.5 + Math.random() / 2);
const backoff = (tries, later = 0) => Math.max(later, jitter(Math.min(2 ** tries, 30) * seconds));

async function ask(url, options, ms, abort = new AbortController()) {
  const timer = setTimeout(() => abort.abort(), ms);
  try {
    const answer = await fetch(url, { ...options, cache: "no-store", signal: abort.signal });
    const { ok, status, headers } = answer;
    const later = Math.min(Number(headers.get("Retry-After")) || 0, 60) * seconds;
    return { ok, status, headers, later, url: answer.url, text: await answer.text() };
  } finally {
    clearTimeout(timer);
  }
}

/** Follows one discussion's events. */
class Poll {
  cursor;
  quick = true; // Held until there is news.
  state = "new"; // or "open", "lost", "over"
  away = false;
  client = newID();

  constructor(url, cursor, tell) {
    Object.assign(this, { url, cursor, tell });
    this.run();
  }

  async run() {
    let failures = 0;
    while (this.state !== "over") {
      let pause = 0;
      const after = this.cursor;
      const began = Date.now();
      this.abort = new AbortController();
      try {
        const wait = this.quick && this.state === "open" && !this.away ? "" : "&wait=0";
        const url = `${this.url}?after=${after}&client=${this.client}${wait}`;
        const answer = await ask(url, { headers: { Accept: "application/json" } }, 45 * seconds, this.abort);
        if ([401, 403, 404, 410].includes(answer.status)) {
          this.state = "over";
          return this.tell({ refused: answer.status });
        }
        pause = answer.later;
        if (!answer.ok) throw answer;
        const { cursor, events } = JSON.parse(answer.text);
        failures = 0;
        this.away = pause > 0 && !events.length;
        if (this.state === "over" || this.cursor !== after) continue;
        this.state = "open";
        this.cursor = cursor;
        this.tell({ from: after, cursor, events });
        if (!this.quick) pause ||= jitter(15 * seconds);
        if (!wait && !events.length && Date.now() - began < seconds) pause ||= jitter(seconds);
      } catch {
        if (this.abort.signal.reason === "again") continue;
        failures += 1;
        if (failures > 1) {
          this.state = "lost";
          this.tell({ refused: 0 });
        }
        pause = backoff(failures - 1, pause);
      }
      if (pause) await new Promise((wake) => ((this.wakes = wake), setTimeout(wake, pause)));
    }
  }

  again() {
    this.abort.abort("again");
    this.wakes?.();
  }

  join(cursor) {
    if (cursor >= this.cursor) return;
    this.cursor = cursor;
    this.again();
  }

  stop() {
    this.state = "over";
    this.again();
  }
}

/** The shared worker: one poll for all tabs on a discussion. */
function sharePolls() {
  const held = 4;
  const shared = new Map(); // The events' address → { poll, tabs: port → { visible, at } }

  const look = () => {
    const now = Date.now();
    let quick = 0;
    for (const [url, { poll, tabs }] of shared) {
      for (const [port, { at }] of tabs) if (now - at > 150 * seconds) tabs.delete(port);
      if (!tabs.size || poll.state === "over") {
        poll.stop();
        shared.delete(url);
        continue;
      }
      const before = poll.quick;
      poll.quick = [...tabs.values()].some((tab) => tab.visible) && ++quick <= held;
      if (poll.quick !== before) poll.again();
    }
  };

  const hear = (port, { url, cursor, visible, leaves, again }) => {
    if (leaves) {
      shared.get(url)?.tabs.delete(port);
      return look();
    }
    let one = shared.get(url);
    if (!one || one.poll.state === "over") {
      const tabs = new Map();
      const tell = (news) => tabs.forEach((_, tab) => tab.postMessage(news));
      shared.set(url, (one = { tabs, poll: new Poll(url, cursor, tell) }));
    }
    one.tabs.set(port, { visible, at: Date.now() });
    one.poll.join(cursor);
    port.postMessage(one.poll.state === "open" ? { from: cursor, cursor, events: [] } : {});
    if (again) one.poll.again();
    look();
  };

  self.onconnect = ({ ports: [port] }) => (port.onmessage = ({ data }) => hear(port, data));
  setInterval(look, 5 * seconds);
}

const $ = (id) => document.getElementById(id);
const all = (css, root = document) => [...root.querySelectorAll(css)];
const on = (name, run, capture) => globalThis.document?.addEventListener(name, run, capture);
const make = (name, attributes, ...content) => {
  const element = document.createElement(name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  element.append(...content);
  return element;
};
/** What is told stands in the page, with gaps. */
const say = (name, ...parts) => $("words").getAttribute(`data-${name}`)?.replace(/%/g, () => parts.shift());
const recall = (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch {} };
const retain = (key, value) => {
  try { value ? sessionStorage.setItem(key, JSON.stringify(value)) : sessionStorage.removeItem(key); } catch {}
};

const toasts = new Set();

/** Tells something. Errors and what offers an action stay; others go 6 s after a look. Returns how to close it. */
function toast(kind, text, action) {
  const element = make("div", { class: `toast ${kind}` }, make("p", { dir: "auto" }, text));
  const stays = kind === "error" || kind === "wait" || action;
  let left = 6, cameFrom;
  const tick = () => {
    left = document.hidden || element.matches(":hover, :focus-within") ? 6 : left - 1;
    if (!left) close();
  };
  const timer = !stays && setInterval(tick, seconds);
  const close = () => {
    clearInterval(timer);
    toasts.delete(one);
    const focused = element.contains(document.activeElement);
    element.remove();
    if (focused && cameFrom?.isConnected) focus(cameFrom);
  };
  const button = (label, attributes, run) => {
    const made = make("button", { type: "button", ...attributes }, label);
    made.addEventListener("click", () => (close(), run?.()));
    element.append(made);
  };
  if (action) button(action.label, { class: "quiet" }, action.run);
  button("×", { class: "close", "aria-label": say("close") });
  element.addEventListener("focusin", (event) => (cameFrom ??= event.relatedTarget));
  const one = { element, close, stays };
  toasts.add(one);
  if (toasts.size > 5) ([...toasts].find((t) => !t.stays) ?? [...toasts][0]).close();
  $(kind === "error" ? "alarms" : "toasts").append(element);
  return close;
}

const done = (words) => words && toast("done", words);

on("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const open = [...toasts];
  (open.find((t) => t.element.contains(document.activeElement)) ?? open.pop())?.close();
});

// What is typed is kept until it is acknowledged.

const commandForm = "form[data-done]";
const key = (form) => `parley ${form.getAttribute("action")}`;
const words = (form) => all("textarea, input:is([type=text], [type=checkbox], [type=file])", form);
const isTyped = (form) =>
  words(form).some((field) => (field.type === "checkbox" ? field.checked : field.value.trim() !== ""));
const fields = (form) => {
  // A file counts by its name and size.
  const sent = [...new FormData(form)].map(([name, value]) => [name, value.name ? value.name + value.size : value]);
  return new URLSearchParams(sent.filter(([name]) => !/^(command|form)_/.test(name))).toString();
};

// Form → { id, body, busy }, under way or given up.
const pending = new WeakMap();
let leaving; // Where a command leads its person.

function keep(form) {
  const { id, body } = pending.get(form) ?? {};
  const now = fields(form);
  const { set } = form.dataset;
  retain(key(form), isTyped(form) && { body: now, set, id: body === now ? id : undefined });
}

function restore(form) {
  const kept = recall(key(form));
  if (!kept || isTyped(form)) return;
  const values = new URLSearchParams(kept.body);
  if (kept.set !== form.dataset.set) return retain(key(form));
  for (const field of [...words(form), ...all("input[type=radio]", form)]) {
    const typed = values.getAll(field.name);
    if (/checkbox|radio/.test(field.type)) field.checked = typed.includes(field.value);
    else if (field.type !== "file") field.value = typed[0] ?? "";
    if (field.value || field.checked) field.closest("details")?.setAttribute("open", "");
  }
  if (kept.id) pending.set(form, { id: kept.id, body: kept.body });
}

on("input", ({ target }) => target.form?.matches(commandForm) && keep(target.form));

// Commands

const faults = new WeakMap();

/** Tells what went wrong in a toast, and where the form is, or was. */
function fault(form, message, name, action) {
  const field = form.querySelector(`[name="${name}"]:not([type=hidden])`);
  const words = field ? make("a", { href: `#${field.id}` }, message) : message;
  const note = make("p", { class: "fault", id: `fault-${newID()}`, tabindex: "-1", "data-own": "" }, words);
  const hint = field?.getAttribute("aria-describedby") ?? "";
  const close = toast("error", message, action);
  if (field) {
    field.before(note);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${note.id} ${hint}`);
  } else (form.isConnected ? form : $("action") ?? $("main")).prepend(note);
  if (document.activeElement === document.body || form.contains(document.activeElement)) note.focus();
  const { title } = document;
  document.title = `Error: ${title}`;
  faults.set(form, () => {
    close();
    note.remove();
    document.title = title;
    field?.removeAttribute("aria-invalid");
    field?.setAttribute("aria-describedby", hint);
  });
}

/** Sends a form's command until it is answered: with one id, so it happens once. */
async function send(form) {
  const before = pending.get(form);
  if (before?.busy) return;
  faults.get(form)?.();
  const body = fields(form);
  const idField = form.elements.namedItem("command_id");
  const id = !before ? idField.value : before.body === body ? before.id : newID();
  const closes = form.dataset.closed && new URLSearchParams(body).get("conclusion")?.trim();
  const command = { id, body, busy: true };
  const data = form.enctype === "multipart/form-data" && new FormData(form);
  idField.value = id;
  pending.set(form, command);
  keep(form);
  form.setAttribute("aria-busy", "true");

  leaving = form.dataset.next;

  let ack, problem, isFinal, said, answer, closeNote;
  for (let tries = 0; tries < 4 && !isFinal; tries++) {
    if (tries) {
      closeNote ??= toast("wait", `${problem ?? say("silence")} ${say("wait")}`);
      await sleep(backoff(tries, answer?.later));
    }
    const headers = { Accept: "application/json", "Idempotency-Key": id };
    const request = { method: "POST", headers, body: data || new URLSearchParams(body) };
    answer = await ask(form.action, request, (data ? 120 : 5) * seconds).catch(() => null);
    if (!answer) continue;
    const { ok, status } = answer;
    said = null;
    try { said = JSON.parse(answer.text); } catch {}
    ack = ok && said?.ack;
    problem = said?.error?.message;
    isFinal = ack || (!ok && status !== 429 && (problem ? said.error.code !== "INTERNAL_ERROR" : status < 500));
    if (answer.later > 10 * seconds) break;
  }
  command.busy = false;
  closeNote?.();
  form.removeAttribute("aria-busy");
  if (!ack) leaving = null;
  if (!isFinal) {
    problem ??= say("unanswered", answer ? ` (${answer.status})` : "");
    return fault(form, problem, "", { label: say("again"), run: () => send(form) });
  }
  pending.delete(form);
  idField.value = newID();
  for (const field of ack && fields(form) === body ? words(form) : []) {
    if (field.type === "checkbox") field.checked = false;
    else field.value = "";
  }
  keep(form);
  if (!ack) {
    fault(form, problem ?? say("refused", answer.status), said?.error?.field);
    if (answer.status === 409) follow(Infinity);
    return;
  }
  const told = closes ? form.dataset.closed : form.dataset.done;
  leaving ||= answer.headers.get("Location");
  if (leaving) {
    retain("parley toast", told && [told, new URL(leaving, location).pathname]);
    return location.assign(leaving);
  }
  done(told);
  follow(ack.cursor);
}

on("submit", (event) => {
  const form = event.target;
  if (!form.matches(commandForm)) return;
  event.preventDefault();
  send(form).catch((error) => {
    console.error(error);
    retain(key(form));
    form.submit();
  });
});

/** Copies what the link leads to; without this script it shows it. */
async function copy(link) {
  const { ok, text } = await ask(link.href, {}, 20 * seconds).catch(() => ({}));
  if (!ok) return location.assign(link.href);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = make("textarea", { class: "copied", readonly: "", "data-own": "", "aria-label": say("copying") });
    field.value = text;
    link.after(field);
    field.select();
    if (!document.execCommand("copy")) return done(say("select"));
    field.remove();
    focus(link);
  }
  done(say("copied"));
}

on("click", (event) => {
  const link = event.target.closest(".copy");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  copy(link);
});

/** Times in the person's zone; without what this script replaces. */
function dress(root) {
  for (const time of all("time:not([title])", root)) {
    time.title = time.textContent;
    time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  }
  if (connected) all(".replaced", root).forEach((element) => element.remove());
}

const lacksWords = (round) => round.querySelector(".load");

async function load(round, change = (run) => run()) {
  const note = lacksWords(round);
  if (!note) return;
  note.className = "loading";
  const answer = await ask(`${note.firstChild.href}?fragment=1`, {}, 20 * seconds).catch(() => null);
  if (!answer?.ok) return (note.className = "load");
  if (!note.isConnected) return;
  const fresh = new DOMParser().parseFromString(answer.text, "text/html").querySelector(".round");
  dress(fresh);
  change(() => morph(round, fresh));
}

on("toggle", ({ target }) => target.open && target.matches(".round > *") && load(target.parentNode), true);

/** Shows the message that the address names. */
async function visit() {
  const name = location.hash.slice(1);
  if (!/^m-/.test(name) || !article || $(name)?.closest("[open]")) return;
  if (!$(name)) await (await long()).find(name, { ask, load, home, windowing });
  if (!$(name)) return;
  $(name).closest("details")?.setAttribute("open", "");
  location.replace(location.href);
}

addEventListener("hashchange", visit);

// The page becomes what the server shows.

const own = (node) => node?.hasAttribute?.("data-own");
const keyOf = (node) => node.id || node.getAttribute?.("action") || null;
const ours = new Set(["open", "tabindex", "aria-busy", "aria-invalid", "aria-describedby", "aria-pressed", "hidden"]);

function morph(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.localName === "template" || old.isEqualNode(fresh)) return;
  // A loaded round stays while it is the same.
  if (old.dataset.parts && old.dataset.parts === fresh.dataset.parts && lacksWords(fresh)) return;
  if (old.name === "command_id" && pending.has(old.form)) return;
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !ours.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !ours.has(name)) old.setAttribute(name, value);
  }
  const keyed = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
  const wanted = new Set([...fresh.children].map(keyOf));
  let at = old.firstChild;
  for (const want of fresh.childNodes) {
    while (own(at) && !wanted.has(keyOf(at))) at = at.nextSibling;
    const name = keyOf(want);
    let have = name && keyed.get(name);
    if (!name && at && at.nodeName === want.nodeName && !keyOf(at)) have = at;
    if (!have || have.nodeName !== want.nodeName) {
      old.insertBefore(document.importNode(want, true), at);
      continue;
    }
    while (at && at !== have && !wanted.has(keyOf(at) ?? 0)) at = drop(at);
    if (at !== have) old.insertBefore(have, at);
    morph(have, want);
    at = have.nextSibling;
  }
  while (at) at = drop(at);
}

/** Takes a node out, unless it holds what was typed. Returns the one after it. */
function drop(node) {
  const next = node.nextSibling;
  if (own(node)) return next;
  if (node.nodeType === 1) {
    const typed = (node.matches("form") ? [node] : all("form", node)).filter(isTyped);
    if (typed.length) {
      node.setAttribute("data-held", "");
      all("button[type=submit]", node).forEach((button) => (button.disabled = true));
      if (!typed.some((form) => pending.get(form)?.busy)) {
        typed[0].append(make("p", { class: "held hint", "data-own": "" }, say("later")));
      }
      return next;
    }
  }
  node.remove();
  return next;
}

function focus(element) {
  if (element?.tabIndex === -1) element.setAttribute("tabindex", -1);
  element?.focus({ preventScroll: true });
}

function release() {
  for (const node of all("[data-held]")) {
    node.removeAttribute("data-held");
    all(".held", node).forEach((note) => note.remove());
    all("button[type=submit]", node).forEach((button) => (button.disabled = false));
  }
}

const long = () => import(import.meta.url.replace("parley.js", "rounds.js"));
const article = globalThis.document?.querySelector("article[data-discussion]");
const page = article?.dataset.page;
const home = page?.split("?")[0];
let shown = Number(article?.dataset.cursor); // The newest event in the page.
let seen = shown; // … that was received.
let connected = false;
let windowing; // rounds.js, in long discussions.

const icon = (root) => root.querySelector("[rel=icon]");

async function refresh() {
  let url = page.endsWith("=all") ? home : page;
  for (let tries = 1; ; tries++) {
    const headers = { Accept: "text/html", "Parley-Part": "page" };
    const answer = await ask(url, { headers }, 20 * seconds).catch(() => null);
    if ([401, 403, 404].includes(answer?.status)) return refused(answer.status);
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(answer.text, "text/html");
      const next = fresh.querySelector("article[data-discussion]");
      if (!next) return toast("error", say("stale"), reload());
      if (url !== page && !(await long().catch(() => null))?.extend(next, load)) {
        url = page;
        continue;
      }
      dress(next);
      for (const round of all(".round")) {
        const news = fresh.getElementById(round.id);
        // Rounds from other parts of the discussion stay.
        round.toggleAttribute("data-own", !news);
        if (news && !lacksWords(round) && round.dataset.parts !== news.dataset.parts) await load(news);
      }
      $("deleted").hidden = true;
      release();
      const focused = document.activeElement;
      morph(article, next);
      document.title = fresh.title;
      icon(document).href = icon(fresh).href;
      enqueue(wind);
      shown = Number(next.dataset.cursor);
      settle();
      all(commandForm).forEach(restore);
      if (focused?.isConnected === false) focus(document.querySelector(":is(#action, #running, #resolution) h2"));
      return;
    }
    await sleep(backoff(tries, answer?.later));
  }
}

/** Long discussions have their own script. */
async function wind() {
  if (document.querySelector("[data-windowing]")) windowing ??= (await long()).begin({ all, ask, dress, load });
  windowing?.settle();
}

let queue = Promise.resolve();
const enqueue = (work) => (queue = queue.then(work).catch((error) => console.error(error)));

function follow(cursor) {
  if (article) enqueue(() => (shown < cursor || document.querySelector("[data-held]") ? refresh() : null));
}

// Id → { element, text, bytes, since, at }
const voices = new Map();
const utf8 = new TextEncoder();
const nameOf = (provider) => $("voice").dataset[provider] ?? provider;
const seatOf = (seat) => article.querySelector(`.panel [data-seat="${seat}"]`);

function speak(id, round, seat, by, event) {
  const body = document.querySelector(`#round-${round} .body`);
  if (!body || $(`m-${id}`)) return;
  const element = $("voice").content.firstElementChild.cloneNode(true);
  element.id = `m-${id}`;
  element.classList.add(`seat-${seat}`);
  element.querySelector("h3").textContent = seatOf(seat)?.firstChild.textContent ?? "";
  element.querySelector(".by").textContent = by;
  const text = document.createTextNode("");
  element.querySelector(".said").append(text);
  body.insertBefore(element, body.querySelector(".yours, .tools"));
  const voice = { element, text, bytes: 0, since: event, at: event };
  voices.set(id, voice);
  return voice;
}

function write(voice, text, event) {
  const bottom = voice.element.getBoundingClientRect().bottom;
  voice.text.appendData(text);
  voice.bytes += utf8.encode(text).length;
  voice.at = event;
  // Who sees the end goes on seeing it.
  const now = voice.element.getBoundingClientRect().bottom;
  const isBusy = document.activeElement?.matches("textarea, input") || !getSelection().isCollapsed;
  if (bottom <= innerHeight && now > innerHeight && !isBusy) scrollBy(0, now - innerHeight + 8);
}

const empty = (voice) => (voice.text.data = "", voice.bytes = 0);

function settle() {
  const { speaking, round, seat, by, said } = $("running")?.dataset ?? {};
  for (const [id, voice] of voices) {
    const isOpen = voice.element.isConnected && voice.element.matches(".speaking");
    if (isOpen && (id === speaking || voice.since > shown)) continue;
    if (isOpen) voice.element.remove();
    voice.element.removeAttribute("aria-busy");
    voices.delete(id);
  }
  if (!speaking) return;
  const voice = voices.get(speaking) ?? speak(speaking, round, seat, by, 0);
  if (!voice || voice.at >= shown) return;
  voice.element.querySelector(".by").textContent = by;
  empty(voice);
  write(voice, said, shown);
}

const noted = new Map(); // Message → { seat, provider }

/** Tells of a fallback, and by it who speaks. */
function note(id, seat, provider) {
  const line = seatOf(seat);
  const own = line?.dataset.provider;
  const before = noted.get(id)?.provider;
  noted.set(id, { seat, provider });
  if (own && provider !== own && provider !== before)
    return toast("note", say("fallback", nameOf(own), nameOf(provider), line.firstChild.textContent));
}

async function apply(events) {
  let page, gone;
  for (const { id, type, data } of events) {
    const isNews = id > shown;
    const { messageId, provider } = data;
    const voice = voices.get(messageId);
    switch (type) {
      case "message-start":
        note(messageId, data.seat, provider) ?? announce("speaks", data.persona);
        if (isNews) speak(messageId, data.round, data.seat, `${nameOf(provider)} · ${data.model}`, id);
        page ||= isNews && $("on-the-table"); // It has seen them.
        break;
      case "message-chunk": {
        if (!voice || !isNews) break;
        const bytes = utf8.encode(data.text);
        const known = voice.bytes - data.offset;
        if (known < 0) page = true;
        else if (known < bytes.length) write(voice, new TextDecoder().decode(bytes.subarray(known)), id);
        break;
      }
      case "message-restart":
        note(messageId, noted.get(messageId)?.seat ?? $("running")?.dataset.seat, provider);
        if (!voice || !isNews) break;
        empty(voice);
        voice.at = id;
        voice.element.querySelector(".by").textContent = `${nameOf(provider)} · ${data.model}`;
        break;
      default:
        if (/-(deleted|restored)$/.test(type)) gone = isNews && type === "discussion-deleted";
        page ||= isNews;
        tell(type, data);
    }
  }
  if (gone) return deleted();
  if (page && document.hidden) await untilSeen();
  if (page) await refresh();
}

const untilSeen = () => new Promise((go) => ((hurry = go), setTimeout(go, jitter(2 * seconds))));

/** Who speaks, and whose turn it is. Toasts tell outcomes; nothing else is a live region. */
const announce = (...what) => ($("news").textContent = say(...what));

function tell(type, { message, round, resolution }) {
  if (type === "error") return toast("error", message);
  if (type === "round-complete") announce("turn", round);
  const name = type !== "discussion-resolved" ? type : resolution.reason;
  if (name !== "person" || resolution.model) done(say(name));
}

const deleted = () => ($("deleted").hidden = !!leaving);

let poll, port, closeLost, hurry;
let silence; // How often the worker was asked since it answered.

function hear(news) {
  if ("refused" in news) return refused(news.refused);
  if (news.cursor === undefined) return;
  if (news.from > seen) return report(); // A gap.
  back();
  const events = news.events.filter((event) => event.id > seen);
  seen = Math.max(seen, news.cursor);
  if (events.length) enqueue(() => apply(events).catch((error) => (console.error(error), refresh())));
}

function back() {
  if (!connected) {
    connected = true;
    dress(article);
    settle();
  }
  if (!closeLost) return;
  closeLost();
  closeLost = null;
  $("offline").textContent = "";
  done(say("back"));
  follow(seen);
}

const reload = () => ({ label: say("reload"), run: () => location.reload() });

function refused(status) {
  const reason = say(status);
  if (reason && $("offline").textContent !== reason) {
    closeLost?.();
    closeLost = toast("error", reason, status && reload());
    $("offline").textContent = reason;
  }
  if (status === 404) enqueue(deleted);
  if (status !== 410) return;
  enqueue(async () => {
    await refresh();
    seen = shown;
    await sleep(jitter(2 * seconds));
    report();
  });
}

function report(more = {}) {
  const url = new URL(article.dataset.events, location).href;
  if (port) return port.postMessage({ url, cursor: seen, visible: !document.hidden, ...more });
  if (document.hidden || more.leaves) return poll?.stop();
  if (!poll || poll.state === "over") poll = new Poll(url, seen, hear);
  poll.join(seen);
  if (more.again) poll.again();
}

function alone() {
  if (port) report({ leaves: true });
  port = null;
  report();
}

function connect() {
  silence = 1;
  try {
    const worker = new SharedWorker(import.meta.url, { type: "module", name: "parley" });
    worker.onerror = alone;
    port = worker.port;
    port.onmessage = ({ data }) => ((silence = 0), hear(data));
    setTimeout(() => silence && alone(), 4 * seconds);
    report();
  } catch {
    alone();
  }
}

function stay() {
  connect();
  setInterval(() => (port && ++silence > 1 ? connect() : report()), 30 * seconds);
  const wake = () => (hurry?.(), report());
  on("visibilitychange", wake);
  const tell = (name, more) => addEventListener(name, () => report(more));
  tell("online", { again: true });
  tell("offline", { again: true });
  tell("pagehide", { leaves: true });
  addEventListener("pageshow", wake);
}

/** Goes to one of these, counted from where the person is. */
function go(css, by = 0) {
  const stops = all(css).filter((stop) => stop.checkVisibility());
  let at = stops.indexOf(document.activeElement);
  if (at < 0) {
    at = stops.findIndex((stop) => stop.getBoundingClientRect().top > 1);
    at = (at < 0 ? stops.length : at) - (by > 0);
  }
  const stop = stops[by && at + by];
  focus(stop);
  stop?.scrollIntoView({ block: by ? "start" : "center" });
}

on("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || target.closest("input, textarea, select, dialog")) return;
  const line = $("keys-on")?.checked && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!line) return;
  event.preventDefault();
  const { go: css, by, press } = line.dataset;
  press ? document.querySelector(press)?.click() : go(css, Number(by ?? 0));
});

function handle() {
  const isOn = $("keys-on");
  try {
    isOn.checked = !localStorage.parleyKeys;
    isOn.onchange = () => (localStorage.parleyKeys = isOn.checked ? "" : "off");
  } catch {}
  Object.assign($("show-keys"), { hidden: false, onclick: () => $("keys").showModal() });
}

function begin() {
  all(commandForm).forEach(restore);
  dress(document);
  const [told, path] = recall("parley toast") ?? [];
  retain("parley toast");
  if (path === location.pathname) done(told);
  for (const flash of all("[data-flash]")) {
    const form = flash.querySelector("form");
    const action = form && { label: form.textContent.trim(), run: () => ((flash.hidden = false), send(form)) };
    toast("done", flash.querySelector("p").textContent, action);
    flash.hidden = true;
  }
  if (!article) return;
  handle();
  visit();
  enqueue(wind);
  // A frame holds a connection; it is needed if this script gets no answer.
  const frame = document.querySelector("iframe.replaced");
  frame?.remove();
  if (frame) setTimeout(() => connected || $("running")?.append(frame), 3 * seconds);
  stay();
}

if (globalThis.document) begin();
else sharePolls();
