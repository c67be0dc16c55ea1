"""Commands and events in a real browser whose network loses answers, stays silent, and is cut."""

import json
import re
import time
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
SIGNED_OUT = "You are signed out. Please sign in again."
NOT_SHOWN = "This page cannot be shown anew. Please reload it."
LOST = "No connection to Parley. What stands here may be old; trying again…"
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


TOO_MANY = "You send too many commands: please wait half a minute."


def fault(status: int, message: str, field: str | None = None, **headers: str) -> tuple[int, dict[str, str], str]:
    code = {422: "COMMAND_CONFLICT", 429: "RATE_LIMIT_EXCEEDED", 500: "INTERNAL_ERROR"}[status]
    text = json.dumps({"error": {"code": code, "message": message, "field": field}})
    return status, {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}, text


def test_what_the_site_says_of_a_command_that_it_did_not_take_is_told_and_tried_again_when_asked(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str
) -> None:
    network.fates = [fault(429, TOO_MANY, Retry_After="30")]
    remark(recorded)
    # At once: nobody is kept waiting for what takes so long.
    toasts(recorded, TOO_MANY, seconds=5)
    recorded.see("#remark .fault", TOO_MANY)
    assert recorded.see("#input").get_property("value") == REMARK
    assert len(ids(network)) == 1
    recorded.see(".toast.error button", "Try again").click()
    toasts(recorded, TOO_MANY, SENT)
    assert len(ids(network)) == 2 and len(set(ids(network))) == 1
    assert remarks(site, path) == [REMARK]


def test_a_refusal_that_comes_late_leaves_the_focus_where_somebody_is_by_now(
    recorded: Browser, network: Unreliable, path: str
) -> None:
    network.fates = [CUT, fault(422, "Not in these words.", "input")]
    remark(recorded)
    recorded.see(".toast", AGAIN)
    recorded.see("summary", "Close the discussion").click()
    conclusion = recorded.see("#conclusion")
    conclusion.send_keys("We le")
    recorded.see("#remark .fault", "Not in these words.")
    recorded.see("#input[aria-invalid=true]")
    assert recorded.switch_to.active_element == conclusion
    conclusion.send_keys("nd.")
    assert conclusion.get_property("value") == "We lend."


@pytest.mark.parametrize(
    ("fate", "again", "told"),
    [
        (fault(500, "Something went wrong here."), "Something went wrong here. Trying again…", "Something went wrong here."),
        (
            (502, {"Content-Type": "text/html"}, "<!doctype html><title>502</title>"),
            AGAIN,
            "Parley does not answer (502): this was not acknowledged. What you wrote is kept.",
        ),
    ],
    ids=["the site's own 500", "nginx's 502"],
)
def test_an_error_that_stays_is_told_as_what_it_is(
    recorded: Browser, network: Unreliable, path: str, fate: tuple[int, dict[str, str], str], again: str, told: str
) -> None:
    network.fates = [fate] * 4
    remark(recorded)
    toasts(recorded, again, told)
    recorded.see("#remark .fault", told)
    assert len(ids(network)) == 4 and len(set(ids(network))) == 1
    recorded.see(".toast.error button", "Try again")


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
    field = recorded.see("#input[aria-invalid=true]")
    note = recorded.see(f"#remark .fault[id='{field.get_attribute('aria-describedby').split()[0]}']")
    assert recorded.switch_to.active_element == note
    assert note.find_element(By.TAG_NAME, "a").get_attribute("href").endswith("#input")
    assert recorded.title.startswith("Error: ")
    message = note.text
    toasts(recorded, message)
    assert recorded.see("#alarms .error p").text == message
    remark(recorded)
    toasts(recorded, message, SENT)
    assert not recorded.title.startswith("Error: ")
    assert len(set(ids(network))) == 2, "a form that was refused has a fresh id"
    assert remarks(site, path) == [REMARK]


def test_a_lost_connection_is_told_and_what_was_missed_is_shown_when_it_is_back(
    recorded: Browser, site: LocalRun, provider: ScriptedProvider, network: Unreliable, path: str
) -> None:
    network.cut()
    toasts(recorded, LOST)
    recorded.see("#offline", LOST)
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


def remark_elsewhere(site: LocalRun, path: str, words: str) -> None:
    body = json.dumps({"input": words, "proceed": False}).encode()
    command = f"elsewhere-{path[-8:]}-{words.replace(' ', '-')}"
    status, _, _ = site.request("POST", f"{path}/input", body, Content_Type="application/json", Idempotency_Key=command)
    assert status < 400


def test_an_undo_that_is_refused_says_so_in_the_page_and_can_be_sent_again(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str
) -> None:
    title = site.discussion(path)["topic"]
    press(recorded, "Delete the discussion")
    undo = recorded.see(".toast button", "Undo")
    network.fates = [fault(422, "Not just now.")]
    undo.click()
    recorded.see("main .done .fault", "Not just now.")
    press(recorded, "Undo")
    recorded.see("h1", title)
    eventually(lambda: recorded.toasts()[-1] == "The discussion is restored.")
    assert "This discussion was deleted." not in "".join(recorded.toasts())


def test_a_discussion_that_was_deleted_and_restored_meanwhile_is_shown_as_it_is(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str
) -> None:
    network.cut()
    toasts(recorded, LOST)
    for action in ("delete", "restore"):
        command = f"{action}-{path[-8:]}"
        site.request("POST", f"{path}/{action}", b"{}", Content_Type="application/json", Idempotency_Key=command)
    remark_elsewhere(site, path, "After all")
    network.mend()
    recorded.see(".yours", "After all")
    assert not recorded.find_element(By.ID, "deleted").is_displayed()


@pytest.mark.parametrize(
    ("answer", "told", "later"),
    [
        ("new Response('', { status: 401 })", SIGNED_OUT, [SIGNED_OUT, "Connected again."]),
        ("new Response('<!doctype html><p>Who are you?')", NOT_SHOWN, [NOT_SHOWN]),
    ],
    ids=["signed out", "another page"],
)
def test_a_page_that_cannot_be_fetched_anew_says_so_and_goes_on_when_it_can(
    recorded: Browser, site: LocalRun, path: str, answer: str, told: str, later: list[str]
) -> None:
    recorded.execute_script(f"""
        const ask = window.fetch;
        window.refused = 0;
        window.fetch = (url, options) =>
            options?.headers?.["Parley-Part"] && !refused++ ? Promise.resolve({answer}) : ask(url, options);
    """)
    remark_elsewhere(site, path, "Unseen")
    toasts(recorded, told)
    assert recorded.execute_script("return refused") == 1
    remark_elsewhere(site, path, "Seen")
    recorded.see(".yours", "Seen")
    toasts(recorded, *later)


def test_a_worker_that_dies_is_replaced(
    recorded: Browser, site: LocalRun, network: Unreliable, path: str
) -> None:
    # Half a minute, in which a page looks after its worker, passes in one and a half seconds.
    source = "const every = setInterval; window.setInterval = (run, ms) => every(run, ms / 20);"
    added = recorded.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    try:
        recorded.get(network.url + path)
        recorded.follows()
    finally:
        recorded.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    targets = recorded.execute_cdp_cmd("Target.getTargets", {})["targetInfos"]
    workers = [t["targetId"] for t in targets if t["type"] == "shared_worker" and t["url"].startswith(network.url)]
    assert len(workers) == 1
    polls = len(network.polls)
    recorded.execute_cdp_cmd("Target.closeTarget", {"targetId": workers[0]})
    remark_elsewhere(site, path, "Is anybody there?")
    recorded.see(".yours", "Is anybody there?")
    clients = {re.search(r"client=([\d-]+)", poll)[1] for poll in network.polls[polls:]}
    assert clients, "another poll has taken it over"


def test_eight_tabs_that_are_opened_together_while_the_table_speaks_leave_room_for_each_other(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider, network: Unreliable
) -> None:
    provider.says = table
    paths = [site.start_discussion(f"Is there room for number {number} of eight?") for number in range(8)]
    # Over a network as it is the frames are asked for before any script has come.
    network.latency = 0.2
    scripting.get(f"{network.url}/health")
    scripting.see("body", "status")
    first = scripting.current_window_handle
    began = time.monotonic()
    scripting.execute_script(
        "for (const url of arguments[0]) window.open(url, '_blank', 'noopener')", [network.url + path for path in paths]
    )
    eventually(lambda: len(scripting.window_handles) == 9)
    tabs = [tab for tab in scripting.window_handles if tab != first]
    try:
        for tab in tabs:
            scripting.switch_to.window(tab)
            scripting.follows()
        print(f"eight tabs follow after {time.monotonic() - began:.2f} s")
        began = time.monotonic()
        press(scripting, "Stop")
        scripting.see("#toasts .toast", "Stopped. What was said is kept.")
        took = time.monotonic() - began
        print(f"acknowledged after {took:.2f} s")
        assert took < 2
    finally:
        for tab in tabs:
            scripting.switch_to.window(tab)
            scripting.close()
        scripting.switch_to.window(first)
