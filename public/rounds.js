// A long discussion's page stays small: earlier rounds come as they scroll near, rounds that are far leave the page
// and keep their height. parley.js loads this where there are more rounds than a page lists, or a message is not in
// it (decision 0050).

const margins = { rootMargin: "150% 0px" }; // The windows above and below in which rounds are kept whole.
const closed = "4.5rem"; // About the height of a collapsed round.

/** Brings the message of this name into the page, or the person to a page that has it. */
export async function find(name, { ask, load, home, windowing }) {
  const { url } = await ask(`${home}?message=${name.slice(2)}`, {}, 20000).catch(() => ({}));
  const number = url?.match(/rounds\/(\d+)/)?.[1];
  if (!number) return;
  const round = document.getElementById(`round-${number}`);
  if (!round) return location.replace(`${home}?round=${number}#${name}`);
  await windowing?.enter(round);
  await load(round);
}

/** Makes the newest rounds a page of all, with those that stand here; not if some are missing between. */
export function extend(next, load) {
  const own = (id) => document.getElementById(id);
  const list = next.querySelector("#rounds");
  const listed = [...list.querySelectorAll(".round")];
  if (!listed.some(({ id }) => own(id))) return false;
  const rounds = own("rounds").cloneNode();
  rounds.append(...listed);
  list.replaceWith(rounds);
  next.querySelector("#navigator")?.replaceWith(own("navigator")?.cloneNode(true) ?? "");
  return Promise.all(listed.map((round) => own(round.id) || load(round)));
}

export function begin({ all, ask, dress, load }) {
  const button = document.getElementById("open-all");
  const rounds = () => all("#rounds > .round");
  const away = new Map(); // Round → its HTML, while it is out of the page.
  const far = new Set(); // Rounds beyond the margins, also those that cannot leave.
  let isAllOpen = false;
  let isComing = false;
  let coming = []; // Earlier rounds that have come and do not stand in the page yet.
  const number = (round) => Number(round.id.slice("round-".length));

  /** Makes a change, and keeps what is read where it is. Not every browser does so by itself. */
  function steady(change) {
    const top = (element) => element.getBoundingClientRect().top;
    const isSeen = (element) => element.getBoundingClientRect().bottom > 0;
    const part = all("#rounds > .round, #rounds ~ section").find(isSeen);
    const anchor = part && (all(".message, summary", part).find(isSeen) ?? part);
    const before = anchor && top(anchor);
    change();
    if (!anchor?.isConnected) return;
    const moved = top(anchor) - before;
    if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: "instant" });
  }

  /** Whether somebody is at it: has the focus in it, or words of it selected. */
  function isHeld(round) {
    const selection = getSelection();
    return round.contains(document.activeElement) || (!selection.isCollapsed && selection.containsNode(round, true));
  }

  /** Takes rounds out of the page; their height stays. */
  function leave(rounds) {
    const free = rounds.filter(
      (round) => !away.has(round) && !isHeld(round) && !round.querySelector(".speaking, .copied, .loading"),
    );
    // All are measured before one is changed: the layout is made once.
    const heights = free.map((round) => round.getBoundingClientRect().height);
    free.forEach((round, index) => {
      round.style.blockSize = `${heights[index]}px`;
      away.set(round, round.innerHTML);
      // What names it goes too.
      round.ariaLabel = round.querySelector("h2").textContent;
      round.replaceChildren();
    });
  }

  /** Puts rounds back into the page, and the words of those that are open. */
  function enter(...rounds) {
    steady(() => {
      for (const round of rounds) {
        // If it is not empty, the page was fetched anew meanwhile.
        if (away.has(round) && !round.firstChild) round.innerHTML = away.get(round);
        away.delete(round);
        round.ariaLabel = null;
        round.style.blockSize = "";
        if (isAllOpen) round.firstElementChild.open = true;
      }
    });
    const open = rounds.filter((round) => round.firstElementChild.open);
    return Promise.all(open.map((round) => load(round, steady)));
  }

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) far[isIntersecting ? "delete" : "add"](target);
    enter(...entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target));
    leave([...far]);
  }, margins);

  // Above the window: where the way to earlier rounds can be seen, nothing is put in, or the page's beginning would
  // never be reached.
  const above = { rootMargin: "150% 0px -100%" };
  const gate = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && more(), above);

  /** Asks for the rounds before the first that has come. */
  async function askEarlier() {
    const link = document.querySelector("#earlier a");
    const first = number(coming[0] ?? rounds()[0]);
    if (!link || isComing || first === 1) return;
    isComing = true;
    const url = `${link.pathname}?before=${first}${isAllOpen ? "&rounds=open" : ""}`;
    const answer = await ask(url, { headers: { "Parley-Part": "page" } }, 20000).catch(() => null);
    isComing = false;
    // The link stays, and works by itself.
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(answer.text, "text/html");
    // Unless the page went on without those that they come before.
    if (first === number(coming[0] ?? rounds()[0])) coming.unshift(...all("#rounds > .round", fresh));
    settle();
  }

  /** Puts the rounds before the first into the page, a few at a time: open ones are long. */
  function more() {
    // One request ahead of who scrolls fast.
    if (coming.length < 20) askEarlier();
    const come = coming.splice(isAllOpen ? -3 : 0);
    if (!come.length) return;
    for (const round of come) {
      dress(round);
      round.dataset.own = "";
    }
    const note = document.getElementById("earlier");
    steady(() => note.after(...come.map((round) => document.importNode(round, true))));
    settle();
  }

  /** What is watched, after rounds have come or the page was fetched anew. */
  function settle() {
    const listed = rounds();
    const first = listed.findLastIndex((round, at) => at === 0 || number(listed[at - 1]) !== number(round) - 1);
    if (first > 0) {
      // More rounds were missed than a page lists: what stands above them comes again.
      listed.splice(0, first).forEach((round) => round.remove());
      coming = [];
    }
    const note = document.getElementById("earlier");
    // It may stand below rounds that the server lists no more.
    if (note?.previousElementSibling) note.parentNode.prepend(note);
    if (note) note.firstChild.search = `?before=${number(listed[0])}`;
    if (number(listed[0]) === 1) note?.remove();
    listed.forEach((round) => near.observe(round));
    gate.disconnect();
    // Watched anew, it tells where it is now.
    if (note?.isConnected) gate.observe(note);
  }

  /** Opens every round, the near ones first, so that nothing has to grow when it is reached. */
  async function openAll() {
    await enter(...rounds().filter((round) => !far.has(round)));
    for (const round of rounds().reverse()) {
      if (!isAllOpen) return;
      await enter(round);
      leave([...far]);
    }
  }

  function closeAll() {
    for (const round of rounds()) {
      const html = away.get(round);
      // It would be lost in what is closed.
      if (round.contains(document.activeElement)) round.querySelector("summary").focus({ preventScroll: true });
      if (!html) round.firstElementChild.open = false;
      else {
        away.set(round, html.replace('<details open="">', "<details>"));
        round.style.blockSize = closed;
      }
    }
  }

  button.hidden = false;
  button.onclick = () => {
    isAllOpen = !isAllOpen;
    button.setAttribute("aria-pressed", isAllOpen);
    isAllOpen ? openAll() : closeAll();
  };
  addEventListener("beforeprint", () => enter(...away.keys()));
  settle();
  return { enter, settle };
}
