"""A person: from the click to the toast, from the model's word to the page, from the link to the first byte.

Felt in Chromium. The toast tells the acknowledgement, which is synced by then; the model's first word carries the
instant at which the provider sent it; both end after the frame in which they show. Time to first byte, with fifty
others at work, is Chromium's own (from the request's start to the answer's), beside what the fifty see themselves: each
reads the list and a discussion about once a second and holds a poll, and twice a second one sends a remark.
"""

import json
import time
from collections.abc import Iterable

from browser import Browser
from harness import Bench, Column, Table, quantile
from local_run import eventually
from people import People
from seed import seed
from site_under_test import Site
from speaking import speaking

PEOPLE, DISCUSSIONS = 50, 200
COLUMNS = [
    Column("times", "times"), Column("p50", "median", "ms"), Column("p95", "p95", "ms"),
    Column("worst", "slowest", "ms"),
]

# Sends the form and tells when its toast has been painted. Frames come 60 times a second.
SUBMIT = """
    const told = arguments[arguments.length - 1];
    const form = document.getElementById("remark");
    form.elements.input.value = "Noted: ask the insurer first.";
    const toasts = document.getElementById("toasts");
    let start = 0;
    new MutationObserver((changes, observer) => {
        const added = changes.flatMap((change) => [...change.addedNodes]);
        if (!added.some((node) => node.textContent?.includes(form.dataset.done))) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => told(performance.now() - start)));
    }).observe(toasts, { childList: true, subtree: true });
    start = performance.now();
    form.requestSubmit();
"""

# From now on every first word that shows, with the instant.
WORDS = """
    window.words = [];
    const known = new Set();
    new MutationObserver(() => {
        for (const said of document.querySelectorAll(".speaking .said")) {
            const word = /at(\\d+) /.exec(said.textContent)?.[1];
            if (!word || known.has(word)) continue;
            known.add(word);
            requestAnimationFrame(() => setTimeout(() =>
                words.push([word, performance.timeOrigin + performance.now()])));
        }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
"""

FIRST_BYTE = """
    const [page] = performance.getEntriesByType("navigation");
    return page?.loadEventEnd ? page.responseStart - page.requestStart : null;
"""


def says(request: dict) -> Iterable[str]:
    if "response_format" in request:
        yield json.dumps({"resolved": False, "conclusion": "", "agree": [], "dissent": [], "open_questions": []})
        return
    yield f"at{time.time_ns()} "
    # Long enough to be seen before the message is complete.
    for _ in range(6):
        time.sleep(0.1)
        yield "and more "


def run(bench: Bench) -> None:
    felt = Table("One person in Chromium", "", COLUMNS)
    first = Table(f"Time to first byte with {PEOPLE} people active", "", COLUMNS)
    browser = Browser(javascript=True)
    try:
        with speaking(says) as provider, Site(provider=provider) as site:
            for _ in range(bench.rounds):
                feel(felt, browser, site, bench.count(12, 2))
        with Site() as site:
            count = bench.count(DISCUSSIONS, 5)
            seed(site, count)
            eventually(site.healthy, 60)
            found = json.loads(site.get("/", Accept="application/json")[2])["discussions"]
            paths = [f"/discussions/{one['id']}" for one in found]
            for _ in range(bench.rounds):
                crowd(first, browser, site, paths, bench)
    finally:
        browser.quit()
    felt.target("submitted → acknowledged toast", "p95", 100, "p95 within 100 ms to the toast")
    felt.target("a model's first word sent → visible", "p95", 150, "p95 within 150 ms to the first word")
    for row in first.rows:
        first.target(row, "p95", 30, f"p95 within 30 ms ({row})")
    bench.show(felt, first)


def note(table: Table, row: str, figures: list[float]) -> None:
    table.note(
        row, times=len(figures), p50=quantile(figures, 0.5), p95=quantile(figures, 0.95), worst=max(figures),
    )


def feel(table: Table, browser: Browser, site: Site, times: int) -> None:
    """Remarks in a row, each with the round that it starts."""
    path = site.waiting_discussion("What does a person feel?")
    browser.get(site.url + path)
    browser.follows()
    browser.execute_script(WORDS)
    toasts = []
    for _ in range(times):
        toasts.append(browser.execute_async_script(SUBMIT))
        eventually(lambda: site.discussion(path)["waitingForAction"], 60)
        eventually(lambda: browser.quietly(lambda: browser.execute_script(
            "return !!document.querySelector('#remark button:enabled') && !document.querySelector('.speaking')"
        )), 30, "the form is there again")
    words = [at - int(sent) / 1e6 for sent, at in browser.execute_script("return words")]
    assert len(words) >= times, f"{len(words)} first words were seen in {times} rounds"
    note(table, "submitted → acknowledged toast", toasts)
    note(table, "a model's first word sent → visible", words)


def crowd(table: Table, browser: Browser, site: Site, paths: list[str], bench: Bench) -> None:
    seen: dict[str, list[float]] = {"list": [], "discussion": []}
    with People(site.http_port, paths, PEOPLE) as people:
        end = time.monotonic() + 2 * bench.seconds
        while time.monotonic() < end:
            for name, path in (("list", "/"), ("discussion", paths[len(seen["list"]) % len(paths)])):
                seen[name].append(first_byte(browser, site.url + path))
    for name in seen:
        note(table, f"the {name}, in Chromium", seen[name])
        note(table, f"the {name}, as the fifty see it", people.seen[name])


def first_byte(browser: Browser, url: str) -> float:
    browser.get("about:blank")
    browser.get(url)
    return eventually(lambda: browser.quietly(
        lambda: browser.current_url == url and browser.execute_script(FIRST_BYTE)
    ), 20, f"{url} has come")
