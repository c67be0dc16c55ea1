"""How the pages look and handle: narrow windows, zoom, the keyboard, colours."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import Browser
from local_run import LocalRun, eventually
from scripted_provider import HOLD, ScriptedProvider
from survey import overflow

LONG = "a" * 200
SPEECH = f"A long word: {LONG}\n\n```\n{LONG} {LONG}\n```\n\n| {' | '.join('abcdefgh')} |\n|{'-|' * 8}\n| {' | '.join([LONG[:40]] * 8)} |"


@pytest.fixture(params=["start", "found", "not-found-words", "refused", "running", "live", "waiting", "told", "providers", "not-found"])
def page(
    request: pytest.FixtureRequest, browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> Iterator[Browser]:
    """Every page there is, with words in it that are longer than a phone is wide."""
    if request.param == "start":
        browser.get(site.url)
        browser.see("textarea")
    elif request.param == "found":
        provider.says = lambda asked: (f"{SPEECH}\n\nPenguins.",)
        path = site.start_discussion(f"{LONG} penguins\nand more")
        eventually(lambda: site.discussion(path)["waitingForAction"])
        browser.get(f"{site.url}/?q=penguin")
        browser.see("mark")
    elif request.param == "not-found-words":
        browser.get(f"{site.url}/?q={LONG}x&status=resolved")
        browser.see(".note", "Nothing was found")
    elif request.param == "refused":
        browser.get(site.url)
        browser.see("textarea").send_keys("no")
        browser.see("button", "Start").click()
        browser.see(".fault" if browser.javascript else "#problem")
    elif request.param == "not-found":
        browser.get(f"{site.url}/discussions/none")
        browser.see("h1", "Not found")
    else:
        held = request.param not in ("waiting", "told", "providers")
        provider.says = lambda asked: (SPEECH, HOLD) if held else (SPEECH,)
        path = site.start_discussion(f"{LONG}\nand more")
        if held:
            browser.get(f"{site.url}{path}" + ("/live" if request.param == "live" else ""))
            if request.param == "live":
                browser.see(".message", "A long word")
            else:
                browser.in_frame(lambda: browser.see(".message", "A long word"))
        else:
            eventually(lambda: site.discussion(path)["waitingForAction"])
            browser.get(f"{site.url}{path}")
            browser.see("h2", "It is your turn")
            if request.param == "providers":
                browser.get(f"{site.url}{path}/providers")
                browser.see("h1", "Who saw what")
            if request.param == "told":
                # Refused, for an empty remark: a toast and a message at the field, or the page again.
                browser.see("button", "Send the remark").click()
                browser.see(".toast.error p" if browser.javascript else "#problem")
                # It arrives with a movement, half transparent at first.
                eventually(lambda: not browser.execute_script("return document.getAnimations().length"))
    yield browser


def test_no_page_scrolls_sideways(page: Browser) -> None:
    # A small phone, the usual one, and a desk's window at 200 %.
    for width in (320, 360, 550):
        page.look(width, 740, scale=2, mobile=True)
        eventually(lambda: overflow(page, width) <= 0, 5, f"a page no wider than {width} px")
        for frame in page.find_elements(By.TAG_NAME, "iframe"):
            page.switch_to.frame(frame)
            body = page.find_element(By.TAG_NAME, "body")
            assert int(body.get_property("scrollWidth")) <= int(body.get_property("clientWidth"))
            page.switch_to.default_content()


# Text elements: what they say, their colour, and the colours behind them, nearest first.
COLOURS = """
return [...document.querySelectorAll("body *")]
    .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
    .map(e => {
        const behind = [];
        for (let at = e; at; at = at.parentElement) behind.push(getComputedStyle(at).backgroundColor);
        return [e.textContent.trim().slice(0, 40), getComputedStyle(e).color, behind];
    });
"""


def contrast(first: str, second: str) -> float:
    """The ratio of two colours written as rgb(…), as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(p) / 255 for p in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_all_text_stands_out_from_what_is_behind_it(page: Browser) -> None:
    faint = []
    for dark in (False, True):
        page.look_like_a_desk(dark=dark)
        texts = page.execute_script(COLOURS)
        assert texts
        for text, colour, layers in texts:
            behind = next((layer for layer in layers if layer != "rgba(0, 0, 0, 0)"), None)
            assert behind, f"nothing is behind {text!r}"
            if (ratio := contrast(colour, behind)) < 4.5:
                faint.append((round(ratio, 2), text, "dark" if dark else "light"))
    assert faint == []


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(browser: Browser, site: LocalRun) -> None:
    browser.get(site.url)
    browser.see("textarea")
    reached = []
    # Whoever has discussions passes the ways to them as well.
    ways = len(browser.find_elements(By.CSS_SELECTOR, ".jump a"))
    for _ in range(5 + ways):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        control = browser.switch_to.active_element
        assert control.value_of_css_property("outline-style") == "solid"
        assert int(control.value_of_css_property("outline-width").removesuffix("px")) >= 2
        assert control.is_displayed() and control.rect["x"] >= 0
        reached.append(control.get_attribute("id") or control.text)
    assert reached[:2] == ["Skip to the content", "Parley"]
    assert reached[2 + ways :] == ["topic", "files", "Start the discussion"]


def test_the_form_works_from_the_keyboard_alone(browser: Browser, site: LocalRun, provider: ScriptedProvider) -> None:
    provider.release.set()
    browser.get(site.url)
    browser.see("textarea")
    for _ in range(3 + len(browser.find_elements(By.CSS_SELECTOR, ".jump a"))):
        browser.switch_to.active_element.send_keys(Keys.TAB)
    # Past the files.
    ActionChains(browser).send_keys("Do keys suffice?", Keys.TAB, Keys.TAB, Keys.ENTER).perform()
    browser.see("h1", "Do keys suffice?")


def test_the_stylesheet_stays_small(site: LocalRun) -> None:
    assert len(site.get("/assets/parley.css")[2]) < 20_500
