"""Goes once through every page and state, with JavaScript and without, and writes down what the tests ask about."""

import dataclasses
import importlib.util
import pathlib

from browser import Browser
from every_page import SCENES, Scene, Stage, html, leave, play

# The package only carries the script: nothing of its Python is run.
AXE = pathlib.Path(importlib.util.find_spec("axe_selenium_python").origin).parent / "node_modules/axe-core/axe.min.js"

RUN_AXE = """
    const done = arguments[arguments.length - 1];
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], iframes: false })
        .then((found) => done(found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html} ${n.failureSummary}`))),
              (error) => done([`axe failed: ${error}`]));
"""

# The levels of the headings that are shown, in their order.
HEADINGS = """
    return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((e) => e.checkVisibility())
        .map((e) => Number(e.localName[1]));
"""

# Widths in CSS pixels: a small phone, and a desk's window at 200 %.
WIDTHS = (320, 550)


@dataclasses.dataclass
class Finding:
    """What one browser saw of one scene."""

    scene: Scene
    title: str
    focus: str
    # As served; empty where another address has shown the same.
    html: str
    # By colour scheme.
    axe: dict[str, list[str]]
    # By width: how much wider than the window the page is.
    overflow: dict[int, int]
    # What Chromium tells assistive technology, and the ids of its nodes' elements, or their class.
    tree: list[dict]
    ids: dict[int, str]
    # The levels of those that are shown, in their order.
    headings: list[int]


def overflow(browser: Browser, width: int) -> int:
    """By how much the content is wider than a window of this width.

    Not than what the page calls its window: a phone's browser widens that to the content.
    """
    return browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]["width"] - width


def is_live(node: dict) -> bool:
    return any(trait["name"] == "live" for trait in node.get("properties", []))


def name_of(browser: Browser, node: int) -> str:
    """An element's id, or else its first class."""
    described = browser.execute_cdp_cmd("DOM.describeNode", {"backendNodeId": node})["node"].get("attributes", [])
    attributes = dict(zip(described[::2], described[1::2], strict=True))
    return attributes.get("id") or attributes.get("class", "").partition(" ")[0]


def look_at(scene: Scene, stage: Stage, browser: Browser) -> Finding:
    play(scene, stage, browser)
    axe = {}
    browser.execute_script(AXE.read_text())
    for scheme in ("light", "dark"):
        browser.look_like_a_desk(dark=scheme == "dark")
        axe[scheme] = browser.execute_async_script(RUN_AXE)
    overflows = {}
    for width in WIDTHS:
        browser.look(width, 740, scale=2, mobile=True)
        overflows[width] = overflow(browser, width)
    browser.look_like_a_desk()
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    finding = Finding(
        scene, browser.title,
        browser.execute_script("return document.activeElement?.id ?? ''"),
        html(scene, stage, browser.current_url) if not browser.javascript else "",
        axe, overflows,
        tree,
        {node["backendDOMNodeId"]: name_of(browser, node["backendDOMNodeId"]) for node in tree if is_live(node)},
        browser.execute_script(HEADINGS),
    )
    leave(scene, stage, browser)
    return finding


def without_the_script() -> Browser:
    """A browser that never gets parley.js. Scripts are on in it, for axe waits for timers."""
    browser = Browser(javascript=True)
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/assets/parley.js*"]})
    browser.javascript = False
    return browser


# How each page is looked at.
WAYS = ("with JavaScript", "without parley.js")
NAMES = [f"{scene.name}, {way}" for scene in SCENES for way in WAYS]


def survey() -> dict[str, Finding]:
    """By the scene's name and the way it was looked at."""
    stage = Stage().started()
    browsers = [Browser(javascript=True), without_the_script()]
    try:
        found = [look_at(scene, stage, browser) for scene in SCENES for browser in browsers]
        return dict(zip(NAMES, found, strict=True))
    finally:
        for browser in browsers:
            browser.quit()
        stage.close()
