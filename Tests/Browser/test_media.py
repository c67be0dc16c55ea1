"""On paper, in colours of the person's own, and without movement."""

from selenium.webdriver.common.by import By

from browser import Browser
from local_run import LocalRun
from scripted_provider import ScriptedProvider
from table import started, table

SHOWN = "return [...document.querySelectorAll(arguments[0])].some((e) => e.checkVisibility())"


def look_as(browser: Browser, media: str = "", **features: str) -> None:
    wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": wanted})


def test_paper_holds_what_was_said_and_nothing_to_press(
    browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    provider.release.set()
    browser.get(site.url + started(site, "Is paper patient?\nIt is said to be."))
    browser.see("h2", "It is your turn")
    look_as(browser, "print", prefers_color_scheme="dark")
    for css in ("h1", ".round h2", ".message h3", ".message .by", ".said", ".panel"):
        assert browser.execute_script(SHOWN, css), css
    for css in ("nav", "form", "button", "textarea", ".top", ".bottom", ".crumb", ".toasts", "#action", ".skip"):
        assert not browser.execute_script(SHOWN, css), css
    # The whole topic, although it is folded on the screen.
    assert browser.execute_script("return document.querySelector('.topic div').getBoundingClientRect().height") > 0
    body = browser.find_element(By.TAG_NAME, "body")
    assert body.value_of_css_property("color") == "rgba(0, 0, 0, 1)"
    assert body.value_of_css_property("background-color") == "rgba(255, 255, 255, 1)"
    assert browser.find_element(By.CSS_SELECTOR, ".message h3").value_of_css_property("color") == "rgba(0, 0, 0, 1)"


def test_in_colours_of_the_persons_own_every_button_has_an_edge_and_every_persona_a_shape(
    browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    provider.release.set()
    browser.get(site.url + started(site))
    browser.see("h2", "It is your turn")
    look_as(browser, forced_colors="active")
    assert browser.execute_script("return matchMedia('(forced-colors: active)').matches")
    for button in browser.find_elements(By.CSS_SELECTOR, "main button"):
        if button.is_displayed() and button.get_attribute("class") not in ("plain", "copy"):
            assert button.value_of_css_property("border-top-style") == "solid"
            assert button.value_of_css_property("border-top-color") != button.value_of_css_property("background-color")
    shapes = browser.execute_script(
        "return [...document.querySelectorAll('.message h3')].map((e) => getComputedStyle(e, '::before').content)"
    )
    assert len(set(shapes)) == 3 and "none" not in shapes


def test_nothing_moves_for_those_who_asked_for_it(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    provider.release.set()
    scripting.get(site.url + started(site))
    scripting.follows()
    look_as(scripting, prefers_reduced_motion="reduce")
    scripting.see("#remark button").click()
    scripting.see(".toast.error")
    assert scripting.find_element(By.CSS_SELECTOR, ".toast").value_of_css_property("animation-name") == "none"
    look_as(scripting, prefers_reduced_motion="no-preference")
    assert scripting.find_element(By.CSS_SELECTOR, ".toast").value_of_css_property("animation-name") == "arrive"
