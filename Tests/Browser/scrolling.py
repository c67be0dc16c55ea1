"""Scrolling a long page as a reader does, and what the page weighs and does meanwhile."""

from browser import Browser

# Counted from here on: what the layout moved by itself, and the longest task.
WATCH = """
    if (window.watched) return;
    window.watched = { shift: 0, task: 0, most: 0, shifts: [] };
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries()) if (!hadRecentInput) {
            watched.shift += value;
            if (value > 0.001) watched.shifts.push([value, scrollY, ...sources.map((s) => s.node?.id || s.node?.className || s.node?.nodeName)]);
        }
    }).observe({ type: "layout-shift" });
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) watched.task = Math.max(watched.task, duration);
    }).observe({ type: "longtask" });
    window.nodes = () => {
        let count = 0;
        for (const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL); walker.nextNode(); count++);
        return count;
    };
"""

# So many frames; tells whether the end is reached: still for some frames, with nothing on its way.
SCROLL = """
    const [by, frames, told] = arguments;
    const frame = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    const place = () => [scrollY, document.documentElement.scrollHeight].join();
    (async () => {
        let still = 0;
        for (let step = 0; still < 20 && step < frames; step++) {
            const before = place();
            scrollBy({ top: by, behavior: "instant" });
            await frame();
            // Whoever was faster than the rounds that come goes back a little: the page's beginning stays as it is.
            if (by < 0 && scrollY < 10 && document.getElementById("earlier")) {
                scrollBy({ top: 1000, behavior: "instant" });
                await frame();
                await frame();
            }
            watched.most = Math.max(watched.most, nodes());
            const isComing = by < 0 && document.getElementById("earlier");
            still = place() === before && !isComing && !document.querySelector(".loading") ? still + 1 : 0;
        }
        return [still >= 20, watched];
    })().then(told, (error) => told(String(error)));
"""


def watch(browser: Browser) -> None:
    browser.execute_script(WATCH)


def scroll(browser: Browser, by: int, frames: int = 0) -> dict:
    """Scrolls by so many pixels a frame, to the end (up if negative) or for so many frames.

    Returns what was seen since the page was first watched.
    """
    watch(browser)
    # A few seconds a call: the driver waits no longer than two minutes for one.
    for _ in range(200):
        is_end, watched = browser.execute_async_script(SCROLL, by, frames or 100)
        if is_end or frames:
            return watched
    raise AssertionError(f"no end after 20,000 frames: {watched}")
