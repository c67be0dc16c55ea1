"""The first round as a person in Chromium meets it, with JavaScript and without."""

import pytest
from selenium.webdriver.common.by import By

from browser import Browser
from local_run import LocalRun, eventually
from scripted_provider import HOLD, ScriptedProvider


def start(browser: Browser, site: LocalRun, topic: str) -> None:
    browser.get(site.url)
    field = browser.see("textarea")
    # Typing emoji is beyond chromedriver's key table; a paste is not.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": "document.querySelector('textarea').focus()"})
    browser.execute_cdp_cmd("Input.insertText", {"text": topic})
    assert field.get_property("value") == topic
    browser.see("button", "Start").click()


def voices(request: dict) -> tuple[str | None, ...]:
    """Each persona says a sentence of its own, held in the middle."""
    name = next(n for n in ("Analyzer", "Solver", "Moderator") if f"You are {n}" in request["messages"][0]["content"])
    return f"{name} begins, ", HOLD, f"{name} ends."


def test_javascript_is_on_or_off_as_the_name_says(browser: Browser, request: pytest.FixtureRequest) -> None:
    browser.get("data:text/html,<p>off</p><script>document.querySelector('p').textContent = 'on'</script>")
    browser.see("p", "on" if "with JavaScript" in request.node.callspec.id else "off")


def test_words_appear_while_they_are_said_and_lead_to_the_discussion(
    browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = voices
    start(browser, site, "Who speaks first?")

    browser.see("h2", "The table is speaking")
    assert "Who speaks first?" in browser.texts("h1")
    path = browser.current_url.removeprefix(site.url)
    browser.in_frame(lambda: browser.see(".message", "Analyzer begins,"))
    browser.in_frame(lambda: assert_not_said(browser, "Analyzer ends."))

    provider.release.set()
    if not browser.javascript:
        browser.in_frame(lambda: browser.see("a", "It is your turn").click())
    browser.see("h2", "It is your turn")
    assert browser.current_url == f"{site.url}{path}"
    assert browser.title == "Your turn: Who speaks first? · Parley"
    assert browser.texts(".message .said") == [f"{n} begins, {n} ends." for n in ("Analyzer", "Solver", "Moderator")]
    assert browser.find_elements(By.CSS_SELECTOR, "iframe") == []


def assert_not_said(browser: Browser, words: str) -> None:
    assert words not in browser.find_element(By.CSS_SELECTOR, "body").text


def test_another_round_follows_on_request(browser: Browser, site: LocalRun, provider: ScriptedProvider) -> None:
    provider.release.set()
    path = site.start_discussion("Is once enough?")
    eventually(lambda: site.discussion(path)["waitingForAction"])
    browser.get(f"{site.url}{path}")
    browser.see("button", "Go on with another round").click()
    eventually(lambda: len((d := site.discussion(path))["rounds"]) == 2 and d["waitingForAction"])
    browser.get(f"{site.url}{path}")
    browser.see("#round-2")
    assert browser.texts(".round h2") == ["Round 1", "Round 2"]
    assert browser.texts("#round-2 h3") == ["Analyzer", "Solver", "Moderator"]


def test_a_page_opened_in_mid_round_shows_what_was_said_and_streams_the_rest(
    browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = lambda request: ("Held. ", HOLD) if "You are Solver" in str(request) else ("Said.",)
    path = site.start_discussion("What is on the page?")
    eventually(lambda: len(site.discussion(path)["rounds"][0]["messages"]) == 2)
    browser.get(f"{site.url}{path}")
    browser.see(".round .message", "Said.")
    assert browser.texts(".round .message:not(.speaking) h3") == ["Analyzer"]
    browser.in_frame(lambda: browser.see(".message", "Held."))
    browser.in_frame(lambda: eventually(lambda: browser.texts(".message:last-child h2, .speaking h3") == ["Solver"]))


def test_a_refused_topic_comes_back_with_the_reason(browser: Browser, site: LocalRun) -> None:
    start(browser, site, "no")
    if browser.javascript:
        fault = browser.see("#start .fault")
        field = browser.see("textarea[aria-invalid=true]")
        assert field.get_property("value") == "no"
        assert fault.get_attribute("id") in field.get_attribute("aria-describedby").split()
        assert browser.switch_to.active_element == fault
        assert browser.title.startswith("Error: ")
        browser.see("#alarms .toast", fault.text)
        fault.find_element("tag name", "a").click()
        eventually(lambda: browser.switch_to.active_element == field, 5, "focus on the field")
        return
    browser.see("#problem", "The discussion was not started")
    assert browser.title.startswith("Error: ")
    field = browser.see("textarea[aria-invalid=true]")
    assert field.get_property("value") == "no"
    assert "problem" in field.get_attribute("aria-describedby").split()
    browser.see("#problem a").click()
    eventually(lambda: browser.switch_to.active_element.get_attribute("id") == "topic", 5, "focus on the field")


@pytest.mark.parametrize(
    "topic", ["<script>document.title = 'run'</script>", "مرحبا \"بكم\" & أهلا", "🦊👩‍👩‍👧‍👦 é <b>&amp;</b>"],
    ids=["script", "right to left", "emoji"],
)
def test_a_topic_is_shown_as_it_was_typed(
    browser: Browser, site: LocalRun, provider: ScriptedProvider, topic: str
) -> None:
    provider.says = lambda request: (topic,)
    start(browser, site, topic)
    browser.see("article.discussion")
    path = browser.current_url.removeprefix(site.url)
    eventually(lambda: site.discussion(path)["waitingForAction"])
    for page in (path, "/"):
        browser.get(f"{site.url}{page}")
        browser.see("h1, .list a", topic)
        assert browser.title != "run"
    browser.get(f"{site.url}{path}")
    browser.see("h2", "It is your turn")
    direction = browser.find_element(By.TAG_NAME, "h1").value_of_css_property("direction")
    assert direction == ("rtl" if "مرحبا" in topic else "ltr")


def test_started_discussions_are_listed_newest_first(
    browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    for topic in ("The older of two", "The newer of two"):
        path = site.start_discussion(topic)
        eventually(lambda: site.discussion(path)["waitingForAction"])
    browser.get(site.url)
    browser.see(".list li")
    assert browser.texts(".list li > a")[:2] == ["The newer of two", "The older of two"]
    browser.see(".list a", "The older of two").click()
    browser.see("h1", "The older of two")


def test_a_round_without_a_voice_can_be_tried_again(
    browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = lambda request: ()
    path = site.start_discussion("Is anybody there?")
    eventually(lambda: site.discussion(path)["waitingForAction"], 60)
    browser.get(f"{site.url}{path}")
    browser.see(".failure", "What was said so far is kept.")
    provider.says = lambda request: ("Here.",)
    browser.see("button", "Try again").click()
    eventually(lambda: site.discussion(path)["rounds"][0]["complete"])
    browser.get(f"{site.url}{path}")
    browser.see("h2", "It is your turn")
    assert browser.texts(".said") == ["Here."] * 3
