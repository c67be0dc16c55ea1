"""The start page and the list: examples, who answers, filters and the search, with and without JavaScript."""

from collections.abc import Iterable

import pytest
from selenium.webdriver.common.by import By

from browser import Browser
from local_run import LocalRun
from scripted_provider import ScriptedProvider
from table import started

WORDS = "A *marmalade* sandwich <b>keeps</b> for two days & needs no fridge."


@pytest.fixture
def table(provider: ScriptedProvider) -> ScriptedProvider:
    def says(request: dict) -> Iterable[str | None]:
        return (WORDS,)

    provider.says = says
    provider.release.set()
    return provider


def titles(browser: Browser) -> list[str]:
    return browser.texts(".discussions .title")


def test_an_example_fills_the_field_and_starts_a_discussion(
    browser: Browser, site: LocalRun, table: ScriptedProvider
) -> None:
    browser.get(site.url)
    browser.see("#start")
    if summary := browser.find_elements(By.CSS_SELECTOR, ".examples summary"):
        summary[0].click()
    browser.see(".examples a", "Plan").click()
    browser.see("h1", "Put a question")
    field = browser.see("#topic")
    topic = field.get_property("value")
    assert topic.startswith("We have 3,000 euros")
    browser.see("#start button").click()
    browser.see("h1", topic)


def test_the_start_page_says_who_answers(browser: Browser, site: LocalRun, table: ScriptedProvider) -> None:
    started(site)
    browser.get(site.url)
    browser.see(".panel .health")
    assert browser.texts(".panel .health") == ["up"] * 3
    assert "stays with the local model server" in browser.see(".table").text


def test_a_search_leads_to_the_message(browser: Browser, site: LocalRun, table: ScriptedProvider) -> None:
    path = started(site, "What to take on a journey?")
    browser.get(site.url)
    browser.see("#q").send_keys("fridge marmal")
    browser.see("button", "Search").click()
    browser.see("mark", "marmalade")
    assert browser.current_url == f"{site.url}/?q=fridge+marmal"
    assert browser.see("#q").get_property("value") == "fridge marmal"
    assert "A marmalade sandwich <b>keeps</b> for two days & needs no fridge." in browser.see(".find").text
    assert titles(browser)[0] == "What to take on a journey?"
    browser.see(".find a", "Analyzer, round 1").click()
    message = browser.see(".message:target", "marmalade")
    assert f"{path}/rounds/1#{message.get_attribute('id')}" in browser.current_url
    assert message.find_element(By.CSS_SELECTOR, "h3").text == "Analyzer"


def test_filters_and_search_go_together(browser: Browser, site: LocalRun, table: ScriptedProvider) -> None:
    started(site, "Which zeppelin flies best?")
    browser.get(f"{site.url}/?q=zeppelin")
    assert browser.see(".filters [aria-current]").text == "All"
    browser.see(".filters a", "Resolved").click()
    browser.see(".note", "Nothing was found")
    assert "status=resolved" in browser.current_url and "q=zeppelin" in browser.current_url
    browser.see(".filters a", "Your turn").click()
    browser.see(".title", "zeppelin")
    # Searched again, it stays filtered.
    browser.see("#q").send_keys("x")
    browser.see("button", "Search").click()
    browser.see(".note", "Nothing was found")
    assert browser.see(".filters [aria-current]").text == "Your turn"
    browser.see("a", "All discussions").click()
    browser.see("#start")


def test_the_list_is_one_step_from_the_top(browser: Browser, site: LocalRun, table: ScriptedProvider) -> None:
    started(site)
    browser.get(site.url)
    browser.see(".jump a", "waiting for you").click()
    browser.see("h1", "Your discussions")
    assert set(browser.texts(".discussions .status")) == {"your turn"}
