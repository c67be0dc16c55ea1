// The page follows its discussion, forms are sent without leaving it, toasts tell what became of them. All works
// without this file too; it takes over only once its first poll was answered. The page's module, and the
// worker that polls for all tabs (docs/ARCHITECTURE.md, decisions 0030 to 0032).

const seconds = 1000;
const newID = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const jitter = (ms) => ms * (0.5 + Math.random() / 2);
const backoff = (tries, later = 0) => Math.max(later, jitter(Math.min(2 ** tries, 30) * seconds));

/** Asks the server; the time covers the whole answer. */
async function ask(url, options, ms, abort = new AbortController()) {
  const timer = setTimeout(() => abort.abort(), ms);
  try {
    const answer = await fetch(url, { ...options, cache: "no-store", signal: abort.signal });
    const { ok, status, headers } = answer;
    const later = Math.min(Number(headers.get("Retry-After")) || 0, 60) * seconds;
    return { ok, status, headers, later, text: await answer.text() };
  } finally {
    clearTimeout(timer);
  }
}

/** Follows one discussion's events. Each answer is told with the cursor that it begins at. */
class Poll {
  cursor;
  quick = true; // Somebody looks: polls are held until there is news.
  state = "new"; // or "open", "lost", "over"
  away = false; // No room: only look.
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
        // The first asks at once, to learn that the way is open.
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
        if (this.state === "over" || this.cursor !== after) continue; // Sent back meanwhile.
        this.state = "open";
        this.cursor = cursor;
        this.tell({ from: after, cursor, events });
        if (!this.quick) pause ||= jitter(15 * seconds);
        // What was to be held was not.
        if (!wait && !events.length && Date.now() - began < seconds) pause ||= jitter(seconds);
      } catch {
        if (this.abort.signal.reason === "again") continue;
        failures += 1;
        // One failure may be a server that restarts.
        if (failures > 1) {
          this.state = "lost";
          this.tell({ refused: 0 });
        }
        pause = backoff(failures - 1, pause);
      }
      if (pause) await new Promise((wake) => ((this.wakes = wake), setTimeout(wake, pause)));
    }
  }

  /** Asks anew. */
  again() {
    this.abort.abort("again");
    this.wakes?.();
  }

  /** Somebody stands at `cursor`. */
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

/** The shared worker: one poll for all tabs on a discussion; a browser opens six connections to a host. */
function sharePolls() {
  const held = 4;
  const shared = new Map(); // The events' address → { poll, tabs: port → { visible, at } }

  const look = () => {
    const now = Date.now();
    let quick = 0;
    for (const [url, { poll, tabs }] of shared) {
      // A closed tab says so; one that crashed is missed.
      for (const [port, { at }] of tabs) if (now - at > 150 * seconds) tabs.delete(port);
      if (!tabs.size || poll.state === "over") {
        poll.stop();
        shared.delete(url);
        continue;
      }
      const before = poll.quick;
      poll.quick = [...tabs.values()].some((tab) => tab.visible) && ++quick <= held;
      // What is held beyond them is in the way of commands.
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
    // Each report is answered: a tab notices when its worker is gone.
    port.postMessage(one.poll.state === "open" ? { from: cursor, cursor, events: [] } : {});
    if (again) one.poll.again();
    look();
  };

  self.onconnect = ({ ports: [port] }) => (port.onmessage = ({ data }) => hear(port, data));
  setInterval(look, 5 * seconds);
}

const $ = (id) => document.getElementById(id);
const all = (css, root = document) => [...root.querySelectorAll(css)];
// There is no document in the worker.
const on = (name, run) => globalThis.document?.addEventListener(name, run);
const make = (name, attributes, ...content) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...content);
  return element;
};
// A browser may refuse its storage.
const recall = (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch {} };
const retain = (key, value) => {
  try { value ? sessionStorage.setItem(key, JSON.stringify(value)) : sessionStorage.removeItem(key); } catch {}
};

// Toasts

const toasts = new Set();

/** Tells something, once. Errors and what offers an action stay until they are closed, the others 6 s
    after somebody has looked at them. Returns how to close it. */
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
    if (focused && cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
  };
  const button = (label, attributes, run) => {
    const made = make("button", { type: "button", ...attributes }, label);
    made.addEventListener("click", () => (close(), run?.()));
    element.append(made);
  };
  if (action) button(action.label, { class: "quiet" }, action.run);
  button("×", { class: "close", "aria-label": "Close", title: "Close" });
  element.addEventListener("focusin", (event) => (cameFrom ??= event.relatedTarget));
  const one = { element, close, stays };
  toasts.add(one);
  // The oldest makes room, at first of those that would go anyway.
  if (toasts.size > 5) ([...toasts].find((t) => !t.stays) ?? [...toasts][0]).close();
  $(kind === "error" ? "alarms" : "toasts").append(element);
  return close;
}

on("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const open = [...toasts];
  (open.find((t) => t.element.contains(document.activeElement)) ?? open.pop())?.close();
});

// What is typed is kept until it is acknowledged, over a reload too.

const commandForm = "form[data-done]";
const key = (form) => `parley ${form.getAttribute("action")}`;
const words = (form) => all("textarea, input[type=text], input[type=checkbox]", form);
const isTyped = (form) =>
  words(form).some((field) => (field.type === "checkbox" ? field.checked : field.value.trim() !== ""));
const fields = (form) => {
  const sent = new URLSearchParams(new FormData(form));
  sent.delete("command_id");
  return sent.toString();
};

/** Form → the command that is under way or was given up: { id, body, busy }. */
const pending = new WeakMap();
let leaving; // Where a command that is under way, or was done, leads its person.

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
  // Answers belong to one set of questions.
  if (kept.set !== form.dataset.set) return retain(key(form));
  for (const field of [...words(form), ...all("input[type=radio]", form)]) {
    const typed = values.getAll(field.name);
    if (/checkbox|radio/.test(field.type)) field.checked = typed.includes(field.value);
    else field.value = typed[0] ?? "";
    if (field.value || field.checked) field.closest("details")?.setAttribute("open", "");
  }
  // It was sent and never acknowledged: sent again unchanged it is the same command.
  if (kept.id) pending.set(form, { id: kept.id, body: kept.body });
}

on("input", ({ target }) => target.form?.matches(commandForm) && keep(target.form));

// Commands

/** Form → takes its fault away. */
const faults = new WeakMap();

/** Tells what went wrong in a toast, and where the form is, or was. */
function fault(form, message, name, action) {
  const field = form.querySelector(`[name="${name}"]:not([type=hidden])`);
  const note = make("p", { class: "fault", id: `fault-${newID()}`, "data-own": "" }, message);
  const hint = field?.getAttribute("aria-describedby") ?? "";
  const close = toast("error", message, action);
  if (field) {
    field.before(note);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${note.id} ${hint}`);
    // The answer may be late: whoever is elsewhere by now stays there.
    if (document.activeElement === document.body || form.contains(document.activeElement)) field.focus();
  } else (form.isConnected ? form : $("action") ?? $("main")).prepend(note);
  faults.set(form, () => {
    close();
    note.remove();
    field?.removeAttribute("aria-invalid");
    field?.setAttribute("aria-describedby", hint);
  });
}

/** Sends a form's command until it is answered: the same id each time, so it happens once. */
async function send(form) {
  const before = pending.get(form);
  if (before?.busy) return;
  faults.get(form)?.();
  const body = fields(form);
  const idField = form.elements.namedItem("command_id");
  const id = !before ? idField.value : before.body === body ? before.id : newID();
  const closes = form.dataset.closed && new URLSearchParams(body).get("conclusion")?.trim();
  const command = { id, body, busy: true };
  idField.value = id;
  pending.set(form, command);
  keep(form);
  form.setAttribute("aria-busy", "true");

  leaving = form.dataset.next;

  let ack, problem, isFinal, said, answer, closeNote;
  for (let tries = 0; tries < 4 && !isFinal; tries++) {
    if (tries) {
      closeNote ??= toast("wait", `${problem ?? "No answer yet."} Trying again…`);
      await sleep(backoff(tries, answer?.later));
    }
    const headers = { Accept: "application/json", "Idempotency-Key": id };
    const request = { method: "POST", headers, body: new URLSearchParams(body) };
    answer = await ask(form.action, request, 5 * seconds).catch(() => null);
    if (!answer) continue;
    const { ok, status } = answer;
    said = null;
    try { said = JSON.parse(answer.text); } catch {}
    ack = ok && said?.ack;
    problem = said?.error?.message;
    isFinal = ack || (!ok && status !== 429 && (problem ? said.error.code !== "INTERNAL_ERROR" : status < 500));
    if (answer.later > 10 * seconds) break; // Nobody is kept waiting so long.
  }
  command.busy = false;
  closeNote?.();
  form.removeAttribute("aria-busy");
  if (!ack) leaving = null;
  if (!isFinal) {
    const by = answer ? ` (${answer.status})` : "";
    problem ??= `Parley does not answer${by}: this was not acknowledged. What you wrote is kept.`;
    return fault(form, problem, "", { label: "Try again", run: () => send(form) });
  }
  pending.delete(form);
  idField.value = newID();
  for (const field of ack && fields(form) === body ? words(form) : []) {
    if (field.type === "checkbox") field.checked = false;
    else field.value = "";
  }
  keep(form);
  if (!ack) {
    fault(form, problem ?? `This was refused (${answer.status}).`, said?.error?.field);
    // The page may show what has passed.
    if (answer.status === 409) follow(Infinity);
    return;
  }
  const told = closes ? form.dataset.closed : form.dataset.done;
  leaving ||= answer.headers.get("Location");
  if (leaving) {
    retain("parley toast", told && [told, new URL(leaving, location).pathname]);
    return location.assign(leaving);
  }
  toast("done", told);
  follow(ack.cursor);
}

on("submit", (event) => {
  const form = event.target;
  if (!form.matches(commandForm)) return;
  event.preventDefault();
  send(form).catch((error) => {
    // The form works by itself.
    console.error(error);
    retain(key(form));
    form.submit();
  });
});

// Copy

async function copy(text, button) {
  const field = make("textarea", { class: "copied", readonly: "", "data-own": "", "aria-label": "The text to copy" });
  try {
    // Not there on a plain-http site.
    await navigator.clipboard.writeText(text);
  } catch {
    field.value = text;
    button.after(field);
    field.select();
    if (!document.execCommand("copy")) return toast("done", "Press Ctrl+C to copy the selected text.");
    field.remove();
    button.focus({ preventScroll: true });
  }
  toast("done", "Copied to the clipboard.");
}

on("click", ({ target }) => {
  const button = target.closest?.("button.copy");
  if (button) copy(button.closest(".message, .resolution").querySelector(".said").innerText.trim(), button);
});

/** What a page has more with this script, and no more once it follows. */
function dress(root) {
  for (const line of all(".message > .small, .resolution > .small:last-child", root)) {
    if (line.querySelector(".copy")) continue;
    const name = line.parentElement.querySelector("h3, h2").textContent;
    line.append(" ", make("button", { type: "button", class: "copy", "aria-label": `Copy: ${name}` }, "Copy"));
  }
  if (connected) all(".replaced", root).forEach((element) => element.remove());
}

// The page becomes what the server shows: only what differs is touched.

const own = (node) => node?.hasAttribute?.("data-own");
const keyOf = (node) => node.id || node.getAttribute?.("action") || null;
const ours = new Set(["open", "tabindex", "aria-busy", "aria-invalid", "aria-describedby"]);

function morph(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.localName === "template" || old.isEqualNode(fresh)) return;
  // A command that is under way keeps its id.
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

/** Takes a node out, unless it is ours or holds what somebody typed. Returns the one after it. */
function drop(node) {
  const next = node.nextSibling;
  if (own(node)) return next;
  if (node.nodeType === 1) {
    const typed = (node.matches("form") ? [node] : all("form", node)).filter(isTyped);
    if (typed.length) {
      node.setAttribute("data-held", "");
      all("button[type=submit]", node).forEach((button) => (button.disabled = true));
      if (!typed.some((form) => pending.get(form)?.busy)) {
        const words = "This cannot be sent just now. What you wrote stays here.";
        typed[0].append(make("p", { class: "held hint", "data-own": "" }, words));
      }
      return next;
    }
  }
  node.remove();
  return next;
}

function release() {
  for (const node of all("[data-held]")) {
    node.removeAttribute("data-held");
    all(".held", node).forEach((note) => note.remove());
    all("button[type=submit]", node).forEach((button) => (button.disabled = false));
  }
}

const article = globalThis.document?.querySelector("article[data-discussion]");
let shown = Number(article?.dataset.cursor); // The newest event that the page contains.
let seen = shown; // The newest that was received.
let connected = false;

/** Fetches the page anew and shows it. */
async function refresh() {
  for (let tries = 1; ; tries++) {
    const headers = { Accept: "text/html", "Parley-Part": "page" };
    const answer = await ask(article.dataset.page, { headers }, 20 * seconds).catch(() => null);
    if ([401, 403, 404].includes(answer?.status)) return refused(answer.status);
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(answer.text, "text/html");
      const next = fresh.querySelector("article[data-discussion]");
      if (!next) return toast("error", "This page cannot be shown anew. Please reload it.", reload);
      $("deleted")?.remove();
      dress(next);
      release();
      const focused = document.activeElement;
      morph(article, next);
      document.title = fresh.title;
      shown = Number(next.dataset.cursor);
      settle();
      all(commandForm).forEach(restore);
      if (focused?.isConnected === false) {
        const heading = document.querySelector(":is(#action, #running, #resolution) h2");
        heading?.setAttribute("tabindex", "-1");
        heading?.focus({ preventScroll: true });
      }
      return;
    }
    await sleep(backoff(tries, answer?.later));
  }
}

// Events are applied in their order, one batch after the other.

let queue = Promise.resolve();
const enqueue = (work) => (queue = queue.then(work).catch((error) => console.error(error)));

function follow(cursor) {
  if (article) enqueue(() => (shown < cursor || document.querySelector("[data-held]") ? refresh() : null));
}

/** Messages that are being spoken: id → { element, text, bytes, since, at }. */
const voices = new Map();
const utf8 = new TextEncoder();
const nameOf = (provider) => $("voice").dataset[provider] ?? provider;
const seatOf = (seat) => article.querySelector(`.panel [data-seat="${seat}"]`);

function speak(id, round, seat, by, event) {
  const section = $(`round-${round}`);
  if (!section || $(`m-${id}`)) return;
  const element = $("voice").content.firstElementChild.cloneNode(true);
  element.id = `m-${id}`;
  element.dataset.own = "";
  element.classList.add(`seat-${seat}`);
  element.querySelector("h3").textContent = seatOf(seat)?.querySelector("strong").textContent ?? "";
  element.querySelector(".by").textContent = by;
  const text = document.createTextNode("");
  element.querySelector(".said").append(text);
  section.insertBefore(element, section.querySelector(":scope > .yours"));
  const voice = { element, text, bytes: 0, since: event, at: event };
  voices.set(id, voice);
  return voice;
}

function write(voice, text, event) {
  const bottom = voice.element.getBoundingClientRect().bottom;
  voice.text.appendData(text);
  voice.bytes += utf8.encode(text).length;
  voice.at = event;
  // Whoever sees the end goes on seeing it; nobody else is moved.
  const now = voice.element.getBoundingClientRect().bottom;
  const isBusy = document.activeElement?.matches("textarea, input") || !getSelection().isCollapsed;
  if (bottom <= innerHeight && now > innerHeight && !isBusy) scrollBy(0, now - innerHeight + 8);
}

function empty(voice) {
  voice.text.data = "";
  voice.bytes = 0;
}

/** After a fetch: whom the page shows speaking. */
function settle() {
  const { speaking, round, seat, by, said } = $("running")?.dataset ?? {};
  for (const [id, voice] of voices) {
    const isOpen = voice.element.isConnected && voice.element.classList.contains("speaking");
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

const speakers = new Map(); // Message → { seat, provider }, as the events alone tell.

/** Tells of a provider that speaks for another, once. */
function note(id, seat, provider) {
  const line = seatOf(seat);
  if (line && provider !== line.dataset.provider && provider !== speakers.get(id)?.provider) {
    const persona = line.querySelector("strong").textContent;
    toast("note", `${nameOf(line.dataset.provider)} could not answer: ${nameOf(provider)} speaks for ${persona}.`);
  }
  speakers.set(id, { seat, provider });
}

async function apply(events) {
  let page, gone;
  for (const { id, type, data } of events) {
    const isNews = id > shown;
    const { messageId, provider } = data;
    const voice = voices.get(messageId);
    switch (type) {
      case "message-start":
        note(messageId, data.seat, provider);
        if (isNews) speak(messageId, data.round, data.seat, `${nameOf(provider)} · ${data.model}`, id);
        break;
      case "message-chunk": {
        if (!voice || !isNews) break;
        const bytes = utf8.encode(data.text);
        const known = voice.bytes - data.offset;
        // Some of it was missed: the page has it.
        if (known < 0) page = true;
        else if (known < bytes.length) write(voice, new TextDecoder().decode(bytes.subarray(known)), id);
        break;
      }
      case "message-restart":
        note(messageId, speakers.get(messageId)?.seat ?? $("running")?.dataset.seat, provider);
        if (!voice || !isNews) break;
        empty(voice);
        voice.at = id;
        voice.element.querySelector(".by").textContent = `${nameOf(provider)} · ${data.model}`;
        break;
      case "message-complete":
        $("news").textContent = `${data.message.persona} has spoken.`;
        page ||= isNews;
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

/** A hidden tab is in no hurry, and does not ask in the same moment as all the others. */
const untilSeen = () => new Promise((go) => ((hurry = go), setTimeout(go, jitter(2 * seconds))));

/** What comes later than its command's acknowledgement. */
function tell(type, { message, round, resolution }) {
  if (type === "error") return toast("error", message);
  if (type === "round-complete") $("news").textContent = `Round ${round} is complete. It is your turn.`;
  const words = {
    "questions-generated": "The questions for you are ready.",
    "summary-created": "The summary is ready.",
    // The person's own words were told of by the acknowledgement.
    person: resolution?.model && "The conclusion is ready.",
    agreed: "The table has come to agree: the conclusion is ready.",
    max_turns: "That was the last round: the discussion is closed.",
  }[type === "discussion-resolved" ? resolution.reason : type];
  if (words) toast("done", words);
}

function deleted() {
  // Whoever deletes it here is on the way to the list.
  if ($("deleted") || leaving) return;
  const link = make("a", { href: article.dataset.deleted }, "Deleted discussions");
  const words = make("p", {}, "This discussion was deleted. For 30 days it can be restored under ", link, ".");
  article.prepend(make("div", { class: "problem", role: "alert", id: "deleted", "data-own": "" }, words));
}

// The connection

let poll, port, closeLost, hurry;
let silence; // How often the worker was asked since it said something.

function hear(news) {
  if ("refused" in news) return refused(news.refused);
  if (news.cursor === undefined) return;
  if (news.from > seen) return report(); // A gap: told again from where this page stands.
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
  toast("done", "Connected again.");
  follow(seen);
}

const reload = { label: "Reload", run: () => location.reload() };
const reasons = {
  0: "No connection to Parley. What stands here may be old; trying again…",
  401: "You are signed out. Please sign in again.",
  403: "This discussion is not shown to you any more.",
};

/** Tells why this page does not follow. */
function refused(status) {
  const reason = reasons[status];
  if (reason && $("offline").textContent !== reason) {
    closeLost?.();
    closeLost = toast("error", reason, status && reload);
    $("offline").textContent = reason;
  }
  if (status === 404) enqueue(deleted);
  if (status !== 410) return;
  // The log has been cut or put back: only the page knows where things stand.
  enqueue(async () => {
    await refresh();
    seen = shown;
    await sleep(jitter(2 * seconds));
    report();
  });
}

/** Tells the worker, or this tab's own poll, where the page stands. */
function report(more = {}) {
  const url = new URL(article.dataset.events, location).href;
  if (port) return port.postMessage({ url, cursor: seen, visible: !document.hidden, ...more });
  // Without a shared poll a hidden tab stops its own.
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
  // A worker that does not answer has died.
  setInterval(() => (port && ++silence > 1 ? connect() : report()), 30 * seconds);
  const wake = () => (hurry?.(), report());
  on("visibilitychange", wake);
  for (const name of ["online", "offline"]) addEventListener(name, () => report({ again: true }));
  addEventListener("pageshow", wake);
  addEventListener("pagehide", () => report({ leaves: true }));
}

function begin() {
  all(commandForm).forEach(restore);
  dress(document);
  const [told, path] = recall("parley toast") ?? [];
  retain("parley toast");
  if (path === location.pathname) toast("done", told);
  for (const flash of all("[data-flash]")) {
    const form = flash.querySelector("form");
    const action = form && { label: form.textContent.trim(), run: () => ((flash.hidden = false), send(form)) };
    toast("done", flash.querySelector("p").textContent, action);
    flash.hidden = true;
  }
  if (!article) return;
  // Its frame holds a connection; it is needed if this script gets no answer.
  const frame = document.querySelector("iframe.replaced");
  frame?.remove();
  if (frame) setTimeout(() => connected || $("running")?.append(frame), 3 * seconds);
  stay();
}

if (globalThis.document) begin();
else sharePolls();
