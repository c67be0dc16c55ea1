"""Commands and events in a real browser whose network loses answers, stays silent, and is cut."""

import re
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from browser import Browser
from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider
from table import press, started, table, waiting
from unreliable import CUT, LOSE, SILENCE, Unreliable

AGAIN = "No answer yet. Trying again…"
SENT = "Your remark is sent."
UNANSWERED = "Parley does not answer: this was not acknowledged. What you wrote is kept."
LOST = "The connection to Parley is lost. This page goes on by itself when it is back."
REMARK = "Think of the volunteers."


@pytest.fixture
def network(site: LocalRun) -> Iterator[Unreliable]:
    proxy = Unreliable(site.http_port)
    yield proxy
    proxy.close()


@pytest.fixture
def recorded(scripting: Browser) -> Iterator[Browser]:
    scripting.record_toasts()
    yield scripting
    scripting.execute_script("sessionStorage.clear()")
    scripting.stop_recording()


@pytest.fixture
def path(recorded: Browser, site: LocalRun, provider: ScriptedProvider, network: Unreliable) -> str:
    """A discussion that waits, open in the browser, seen through the network."""
    provider.says = table
    provider.release.set()
    path = started(site)
    recorded.get(network.url + path)
    recorded.follows()
    provider.release.clear()
    return path


def remark(browser: Browser) -> None:
    browser.see("#input").send_keys(REMARK)
    press(browser, "Send the remark and go on")


def remarks(site: LocalRun, path: str) -> list[str]:
    return [text for r in site.discussion(path)["rounds"] for text in r["userInput"]]


def toasts(browser: Browser, *expected: str, seconds: float = 40) -> None:
    eventually(lambda: browser.toasts() == list(expected), seconds, f"{browser.toasts()} are {expected}")


def ids(network: Unreliable) -> list[str]:
    return [command for _, command, _ in network.posts]


@pytest.mark.parametrize("fate", [LOSE, SILENCE, CUT])
def test_an_answer_that_does_not_come_is_asked_for_again_with_the_same_id(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str, fate: str
) -> None:
    network.fates = [fate]
    remark(recorded)
    recorded.see(".toast", AGAIN)
    toasts(recorded, AGAIN, SENT)
    assert len(ids(network)) == 2 and len(set(ids(network))) == 1
    assert remarks(site, path) == [REMARK]
    # Only the outcome is left of the two toasts, and the text is gone from its field.
    assert recorded.texts(".toast p") == [SENT]
    recorded.see("h2", "The table is speaking")
    assert recorded.execute_script("return Object.keys(sessionStorage)") == ["toasts"]


def test_after_the_last_try_the_text_is_kept_and_tried_again_with_the_same_id(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str
) -> None:
    network.fates = [CUT] * 4
    remark(recorded)
    toasts(recorded, AGAIN, UNANSWERED)
    assert recorded.see("#input").get_property("value") == REMARK
    recorded.see("#remark .fault", "was not acknowledged")
    assert len(ids(network)) == 4 and remarks(site, path) == []
    recorded.see(".toast.error button", "Try again").click()
    toasts(recorded, AGAIN, UNANSWERED, SENT)
    assert len(ids(network)) == 5 and len(set(ids(network))) == 1
    assert remarks(site, path) == [REMARK]
    assert recorded.find_elements(By.CSS_SELECTOR, ".fault") == []


def test_a_command_that_was_performed_but_never_acknowledged_is_the_same_after_a_reload(
    recorded: Browser, site: LocalRun, provider: ScriptedProvider, network: Unreliable, path: str
) -> None:
    network.fates = [LOSE] * 4
    remark(recorded)
    toasts(recorded, AGAIN, UNANSWERED)
    provider.release.set()
    waiting(site, path)
    recorded.get(network.url + path)
    recorded.follows()
    assert recorded.see("#input").get_property("value") == REMARK
    press(recorded, "Send the remark and go on")
    toasts(recorded, AGAIN, UNANSWERED, SENT)
    assert len(set(ids(network))) == 1
    assert remarks(site, path) == [REMARK]


def test_with_the_network_cut_by_the_browser_the_text_is_kept(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str
) -> None:
    conditions = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    recorded.execute_cdp_cmd("Network.enable", {})
    recorded.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)
    try:
        remark(recorded)
        eventually(lambda: UNANSWERED in recorded.toasts())
        assert recorded.see("#input").get_property("value") == REMARK
    finally:
        recorded.execute_cdp_cmd("Network.emulateNetworkConditions", conditions | {"offline": False})
        recorded.execute_cdp_cmd("Network.disable", {})
    recorded.see(".toast.error button", "Try again").click()
    eventually(lambda: SENT in recorded.toasts())
    assert remarks(site, path) == [REMARK]


def test_typed_text_is_there_after_a_reload(recorded: Browser, network: Unreliable, path: str) -> None:
    recorded.see("#input").send_keys("Half a thought")
    recorded.see("summary", "Close the discussion").click()
    recorded.see("#conclusion").send_keys("A first conclusion")
    recorded.get(network.url + path)
    recorded.follows()
    assert recorded.see("#input").get_property("value") == "Half a thought"
    assert recorded.see("#conclusion").get_property("value") == "A first conclusion"


def test_a_refusal_stands_at_its_field_and_the_text_stays(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str
) -> None:
    press(recorded, "Send the remark and go on")
    recorded.see("#remark .fault")
    field = recorded.see("#input[aria-invalid=true]")
    message = recorded.see(f"#{field.get_attribute('aria-errormessage')}").text
    toasts(recorded, message)
    assert recorded.see("#alarms .error p").text == message
    remark(recorded)
    toasts(recorded, message, SENT)
    assert len(set(ids(network))) == 2, "a form that was refused has a fresh id"
    assert remarks(site, path) == [REMARK]


def test_a_lost_connection_is_told_and_what_was_missed_is_shown_when_it_is_back(
    recorded: Browser, site: LocalRun, provider: ScriptedProvider, network: Unreliable, path: str
) -> None:
    network.cut()
    toasts(recorded, LOST)
    recorded.see("#offline", "No connection to Parley.")
    provider.release.set()
    command = b'{"input":"From elsewhere"}'
    site.request("POST", f"{path}/input", command, Content_Type="application/json", Idempotency_Key="elsewhere-1")
    waiting(site, path)
    network.mend()
    toasts(recorded, LOST, "Connected again.")
    recorded.see(".yours", "From elsewhere")
    recorded.see("#round-2 .message:nth-of-type(3)", "and ends.")
    assert recorded.find_elements(By.CSS_SELECTOR, ".toast.error") == []
    assert recorded.find_element(By.ID, "offline").text == ""


def test_all_tabs_of_a_browser_share_one_poll(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str
) -> None:
    first = recorded.current_window_handle
    others = []
    for _ in range(2):
        recorded.switch_to.new_window("tab")
        recorded.get(network.url + path)
        recorded.follows()
        others.append(recorded.current_window_handle)
    site.request("POST", f"{path}/input", b'{"input":"To all"}', Content_Type="application/json", Idempotency_Key="to-all")
    for tab in (*others, first):
        recorded.switch_to.window(tab)
        recorded.see(".yours", "To all")
    clients = {re.search(r"client=([\d-]+)", poll)[1] for poll in network.polls}
    assert len(clients) == 1
    for tab in others:
        recorded.switch_to.window(tab)
        recorded.close()
    recorded.switch_to.window(first)


def test_what_is_being_typed_outlives_a_round_that_somebody_else_began(
    recorded: Browser, site: LocalRun, provider: ScriptedProvider, network: Unreliable, path: str
) -> None:
    field = recorded.see("#input")
    field.send_keys("Half a th")
    site.request("POST", f"{path}/proceed", b"{}", Content_Type="application/json", Idempotency_Key="elsewhere-2")
    recorded.see(".held", "cannot be sent just now")
    field.send_keys("ought")
    assert recorded.switch_to.active_element == field
    assert not recorded.see("#remark button").is_enabled()
    provider.release.set()
    recorded.see("#round-2 .message:nth-of-type(3)", "and ends.")
    eventually(lambda: recorded.see("#remark button").is_enabled())
    assert field.get_property("value") == "Half a thought"
    assert recorded.switch_to.active_element == field
    assert recorded.find_elements(By.CSS_SELECTOR, ".held") == []
