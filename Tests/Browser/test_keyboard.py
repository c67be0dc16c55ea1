"""The whole way through a discussion by keyboard alone, and in a window as narrow as a phone's."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browser import Browser
from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider
from table import press, table, waiting

TOPIC = "Do keys suffice for the whole way?"


class Keyboard:
    """Fingers that know Tab, Enter and Space, and eyes that see where the focus is."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def press(self, *keys: str) -> None:
        # As keys: what is sent to a field of files itself would be taken for a path.
        ActionChains(self.browser).send_keys(*keys).perform()

    def go_to(self, what: str) -> None:
        """Tabs on until the focus is on the control of this id or label."""
        for _ in range(80):
            self.press(Keys.TAB)
            control = self.browser.switch_to.active_element
            if control.tag_name == "body":
                continue
            outline = control.value_of_css_property("outline-style")
            assert outline == "solid", f"the focus cannot be seen on {control.get_attribute('outerHTML')[:200]}"
            if what in (control.get_attribute("id"), control.text, control.get_attribute("name")):
                return
        raise AssertionError(f"Tab never came to {what!r} at {self.browser.current_url}")

    def go_and_press(self, what: str) -> None:
        self.go_to(what)
        self.press(Keys.ENTER)


def come_to(browser: Browser, site: LocalRun, path: str) -> None:
    """Opens the page as it is now, with the focus at its beginning."""
    waiting(site, path)
    browser.get(site.url + path)
    browser.see("h2", "It is your turn")
    if browser.javascript:
        browser.follows()


def test_the_keyboard_alone_leads_from_the_topic_to_the_conclusion(
    browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    provider.release.set()
    keys = Keyboard(browser)
    browser.get(site.url)
    browser.see("#topic")
    keys.go_to("topic")
    keys.press(TOPIC)
    keys.go_and_press("Start the discussion")
    browser.see("h1", TOPIC)
    path = browser.current_url.removeprefix(site.url)

    come_to(browser, site, path)
    keys.go_and_press("Go on with another round")
    eventually(lambda: len(site.discussion(path)["rounds"]) == 2, what="a second round")

    come_to(browser, site, path)
    keys.go_to("input")
    keys.press("Think of those without a mouse.")
    keys.go_and_press("Send the remark and go on")
    eventually(lambda: len(site.discussion(path)["rounds"]) == 3, what="a third round")

    come_to(browser, site, path)
    keys.go_and_press("Have questions put to me")
    eventually(lambda: site.discussion(path)["rounds"][-1]["questionSet"], what="questions")

    come_to(browser, site, path)
    box = browser.see("#answers input[type=checkbox]").get_attribute("name")
    keys.go_to(box)
    keys.press(Keys.SPACE)
    keys.go_and_press("Send the answers and go on")
    eventually(lambda: site.discussion(path)["rounds"][2]["answers"], what="answers")

    come_to(browser, site, path)
    keys.go_and_press("Close the discussion")
    keys.go_to("conclusion")
    keys.press("Keys suffice.")
    keys.go_and_press("Close with a conclusion")
    browser.see("#resolution", "Keys suffice.")

    after = site.discussion(path)
    assert after["status"] == "resolved" and len(after["rounds"]) == 4
    assert after["rounds"][1]["userInput"] == ["Think of those without a mouse."]
    assert after["rounds"][2]["answers"][0]["options"]


@pytest.mark.parametrize("width", [320, 390])
def test_the_whole_way_fits_a_phone(
    browser: Browser, site: LocalRun, provider: ScriptedProvider, width: int
) -> None:
    provider.says = table
    provider.release.set()
    browser.look(width, 700, scale=2, mobile=True)

    def fits() -> None:
        metrics = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})
        assert metrics["cssContentSize"]["width"] <= width

    browser.get(site.url)
    browser.see("#topic").send_keys(TOPIC)
    fits()
    press(browser, "Start the discussion")
    browser.see("h1", TOPIC)
    path = browser.current_url.removeprefix(site.url)
    come_to(browser, site, path)
    fits()
    press(browser, "Have questions put to me")
    eventually(lambda: site.discussion(path)["rounds"][-1]["questionSet"], what="questions")
    come_to(browser, site, path)
    fits()
    for box in browser.find_elements(By.CSS_SELECTOR, "#answers label:has([type=checkbox])"):
        # What a finger must hit: 24 px by WCAG 2.2.
        assert box.size["height"] >= 24 and box.size["width"] >= 24
    browser.see("#answers input[type=checkbox]").click()
    press(browser, "Send the answers and go on")
    eventually(lambda: len(site.discussion(path)["rounds"]) == 2, what="a second round")
    come_to(browser, site, path)
    browser.see("summary", "Close the discussion").click()
    browser.see("#conclusion").send_keys("It fits.")
    press(browser, "Close with a conclusion")
    browser.see("#resolution", "It fits.")
    fits()
