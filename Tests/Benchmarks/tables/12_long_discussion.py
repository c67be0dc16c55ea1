"""A long discussion in Chromium: does a page of 500 rounds open like one of 5, and does it stay smooth?

Both discussions are written into the site's database with messages of the usual length. Opening: medians, minimum
and maximum of several loads by a fresh page each, the cache as a second visit has it; bytes are what the server
sends, before compression. Scrolling: every round open, from the newest to the first and back, 400 px a frame, as
parley.js windows it, and beside it the page of all rounds, which nothing leaves. Nodes are all of the document's,
text too; CLS is the sum of all layout shifts, not the worst session's; the longest task is one of more than 50 ms,
or none.
"""

from browser import Browser
from harness import Bench, Column, Table
from local_run import eventually
from scrolling import scroll, watch
from site_under_test import Site

STEP = 400
OPENING = [Column("paint", "first contentful paint", "ms"), Column("kilobytes", "HTML", "KB")]
SCROLLING = [
    Column("nodes", "most nodes"), Column("shift", "CLS", digits=4), Column("task", "longest task", "ms"),
]


def run(bench: Bench) -> None:
    many = bench.count(500, 30)
    opening = Table("Opening a discussion", "page", OPENING)
    scrolling = Table(f"{many} rounds, end to end and back", "", SCROLLING)
    browser = None
    with Site() as site:
        try:
            few, long = site.long_discussion(5), site.long_discussion(many)
            pages = {"5 rounds": few, f"{many} rounds": long, f"{many} rounds, all on one page": f"{long}?rounds=all"}
            browser = Browser(javascript=True)
            for name, path in pages.items():
                opening.note(name, kilobytes=len(site.get(path)[2]) / 1000)
                # Not counted: nothing is in the browser's cache yet.
                paint(browser, site.url + path)
            opening.alternate(bench.count(9, 1), {
                name: lambda path=path: {"paint": paint(browser, site.url + path)} for name, path in pages.items()
            })
            scrolling.note("windowed", **scrolled(browser, site.url + long, True))
            scrolling.note("all on one page", **scrolled(browser, f"{site.url}{long}?rounds=all", False))
        finally:
            if browser:
                browser.quit()
    bench.show(opening, scrolling)


def paint(browser: Browser, url: str) -> float:
    """Milliseconds to the first contentful paint."""
    browser.get("about:blank")
    browser.get(url)
    browser.see("#action, #later")
    found = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    return eventually(lambda: browser.quietly(lambda: browser.execute_script(found)), what="a first paint")


def scrolled(browser: Browser, url: str, windowed: bool) -> dict[str, float | str]:
    browser.get(url)
    browser.follows()
    if windowed:
        browser.see("#open-all").click()
    browser.execute_script("scrollTo(0, document.body.scrollHeight)")
    watch(browser)
    scroll(browser, -STEP)
    found = scroll(browser, STEP)
    return {"nodes": found["most"], "shift": found["shift"], "task": found["task"] or "under 50 ms"}
