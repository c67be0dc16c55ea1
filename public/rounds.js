// A long discussion's page stays small: earlier rounds come as they scroll near, rounds that are far leave the page
// and keep their height. parley.js loads this where there are more rounds than a page lists (decision 0050).

const margins = { rootMargin: "150% 0px" }; // The windows above and below in which rounds are kept whole.
const closed = "4.5rem"; // About the height of a collapsed round.

export function begin({ all, ask, dress, load }) {
  const button = document.getElementById("open-all");
  const rounds = () => all("#rounds > .round");
  const away = new Map(); // Round → its HTML, while it is out of the page.
  const far = new Set(); // Rounds beyond the margins, also those that cannot leave.
  let isAllOpen = false;
  let earlier; // Where the rounds before the first come from, once some have come; null: there are no more.
  let isComing = false;
  let coming = []; // Earlier rounds that have come and do not stand in the page yet.

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
    if (!link || isComing || earlier === null) return;
    isComing = true;
    const url = (earlier ?? link.href) + (isAllOpen ? "&rounds=open" : "");
    const answer = await ask(url, { headers: { "Parley-Part": "page" } }, 20000).catch(() => null);
    isComing = false;
    // The link stays, and works by itself.
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(answer.text, "text/html");
    earlier = fresh.querySelector("#earlier a")?.href ?? null;
    coming.unshift(...all("#rounds > .round", fresh).filter(({ id }) => !document.getElementById(id)));
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
    const note = document.getElementById("earlier");
    if (earlier) note.firstChild.href = earlier;
    if (earlier === null && !coming.length) note?.remove();
    rounds().forEach((round) => near.observe(round));
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
