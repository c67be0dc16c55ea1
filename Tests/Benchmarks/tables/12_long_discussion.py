"""A long discussion in Chromium: does a page of 500 rounds open like one of 5, and does it stay smooth?

    make bench

Both discussions are written into the site's database with messages of the usual length. Opening: medians, minimum
and maximum of several loads by a fresh page each, the cache as a second visit has it; bytes are what the server
sends, before compression. Scrolling: every round open, from the newest to the first and back, 400 px a frame, as
parley.js windows it, and beside it the page of all rounds, which nothing leaves. Nodes are all of the document's,
text too; CLS is the sum of all layout shifts, not the worst session's; the longest task is one of more than 50 ms,
or none.
"""

import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests/Integration"), str(ROOT / "Tests/Browser")]

from browser import Browser  # noqa: E402
from local_run import LocalRun, eventually  # noqa: E402
from long_discussion import long_discussion  # noqa: E402
from scripted_provider import ScriptedProvider  # noqa: E402
from scrolling import scroll, watch  # noqa: E402

TRIES = 9
STEP = 400


def paint(browser: Browser, url: str) -> float:
    """Milliseconds to the first contentful paint."""
    browser.get("about:blank")
    browser.get(url)
    browser.see("#action, #later")
    found = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    return eventually(lambda: browser.quietly(lambda: browser.execute_script(found)), what="a first paint")


def spread(figures: list[float]) -> str:
    return f"{statistics.median(figures):.0f} ms ({min(figures):.0f} to {max(figures):.0f})"


def scrolled(browser: Browser, url: str, windowed: bool) -> list[str]:
    browser.get(url)
    browser.follows()
    if windowed:
        browser.see("#open-all").click()
    browser.execute_script("scrollTo(0, document.body.scrollHeight)")
    watch(browser)
    scroll(browser, -STEP)
    found = scroll(browser, STEP)
    longest = f"{found['task']:.0f} ms" if found["task"] else "under 50 ms"
    return [f"{found['most']}", f"{found['shift']:.4f}", longest]


def main() -> None:
    provider = ScriptedProvider()
    run = LocalRun(provider.url)
    browser = None
    try:
        run.started()
        pages = {
            "5 rounds": long_discussion(run, 5), "500 rounds": (long := long_discussion(run, 500)),
            "500 rounds, all on one page": f"{long}?rounds=all",
        }
        browser = Browser(javascript=True)
        print("| page | HTML | first contentful paint |\n| --- | --- | --- |")
        for name, path in pages.items():
            paints = [paint(browser, run.url + path) for _ in range(TRIES + 1)][1:]
            print(f"| {name} | {len(run.get(path)[2]) / 1000:.0f} KB | {spread(paints)} |", flush=True)
        print("\n| 500 rounds, end to end and back | most nodes | CLS | longest task |\n| --- | --- | --- | --- |")
        print("| windowed | " + " | ".join(scrolled(browser, run.url + long, True)) + " |", flush=True)
        print("| all on one page | " + " | ".join(scrolled(browser, f"{run.url}{long}?rounds=all", False)) + " |")
    finally:
        if browser:
            browser.quit()
        run.stop()
        provider.close()


if __name__ == "__main__":
    main()
