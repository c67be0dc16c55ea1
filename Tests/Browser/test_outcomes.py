"""Every command of the contract, told of once: by a toast, and without JavaScript at the top of the page."""

import difflib
import pathlib
import time
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from browser import Browser
from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider
from table import open_rounds, press, shown, started, table, waiting

TOPIC = "Should the library lend tools?"
DONE_AT_ONCE = {
    "generate-questions": "The questions for you are ready.",
    "generate-summary": "The summary is ready.",
    "resolve": "The discussion is closed.",
}


@pytest.fixture(scope="module")
def site(scripted: ScriptedProvider) -> Iterator[LocalRun]:
    """A run without a scanner, so that files are taken."""
    run = LocalRun(scripted.url)
    run.environment["ENABLE_VIRUS_SCAN"] = "false"
    try:
        yield run.started()
    finally:
        run.stop()


class Walk:
    """A person who uses everything that a discussion offers; `told` is asked after each step."""

    def __init__(
        self, browser: Browser, site: LocalRun, provider: ScriptedProvider, folder: pathlib.Path
    ) -> None:
        self.browser, self.site, self.provider = browser, site, provider
        self.file = folder / "plan.md"
        self.file.write_text("# The plan")
        self.path = ""

    def fill(self, css: str, text: str) -> None:
        self.browser.see(css).send_keys(text)

    def round_ends(self) -> None:
        self.provider.release.set()
        waiting(self.site, self.path)
        self.provider.release.clear()

    def steps(self) -> Iterator[tuple[str, list[str]]]:
        """Each command, what is told of it at once, and, after its name, of its result later."""
        browser = self.browser
        browser.get(self.site.url)
        self.fill("#topic", TOPIC)
        press(browser, "Start the discussion")
        browser.see("h1", TOPIC)
        self.path = browser.current_url.removeprefix(self.site.url)
        yield "start-dialogue", ["The discussion has begun."]

        self.round_ends()
        self.look()
        self.fill("#input", "Think of the volunteers.")
        press(browser, "Send the remark and go on")
        yield "user-input", ["Your remark is sent."]

        self.round_ends()
        self.look()
        browser.see("summary", "Add files").click()
        self.fill("#files", str(self.file))
        press(browser, "Put the files on the table")
        yield "add-files", ["The files are on the table."]

        browser.see("#on-the-table a", "plan.md")
        self.look()
        press(browser, "Go on with another round")
        yield "proceed-dialogue", ["The table goes on."]

        press(browser, "Stop")
        yield "stop", ["Stopped. What was said is kept."]

        waiting(self.site, self.path)
        self.look()
        press(browser, "Have questions put to me")
        yield "generate-questions", ["Questions are being written for you.", "The questions for you are ready."]

        waiting(self.site, self.path)
        self.look()
        browser.see("#answers input[type=checkbox]").click()
        self.fill("#answers input[type=text]", "in the morning")
        press(browser, "Send the answers and go on")
        yield "submit-answers", ["Your answers are sent."]

        self.round_ends()
        self.look()
        press(browser, "Sum up")
        yield "generate-summary", ["A summary is being written.", "The summary is ready."]

        waiting(self.site, self.path)
        self.look()
        browser.see("summary", "Close the discussion").click()
        press(browser, "Close with a conclusion")
        yield "resolve", ["A conclusion is being written.", "The conclusion is ready."]

        eventually(lambda: self.site.discussion(self.path)["status"] == "resolved")
        self.look()
        press(browser, "Reopen the discussion")
        yield "reopen", ["The discussion is open again."]

        self.look()
        browser.see("summary", "Close the discussion").click()
        self.fill("#conclusion", "We lend them.")
        press(browser, "Close with a conclusion")
        yield "resolve, in the person's words", ["The discussion is closed."]

        press(browser, "Delete the discussion")
        browser.see("h1", "Put a question to the table")
        yield "delete", [f"“{TOPIC}” was deleted."]

        self.undo()
        browser.see("h1", TOPIC)
        yield "restore", ["The discussion is restored."]

    def look(self) -> None:
        """Comes to the page as it is now."""

    def undo(self) -> None:
        raise NotImplementedError


class Scripted(Walk):
    def undo(self) -> None:
        self.browser.see(".toast button", "Undo").click()


class Plain(Walk):
    def look(self) -> None:
        self.browser.get(f"{self.site.url}{self.path}")
        self.browser.see("#action")

    def undo(self) -> None:
        press(self.browser, "Undo")


@pytest.fixture
def recorded(scripting: Browser) -> Iterator[Browser]:
    scripting.record_toasts()
    yield scripting
    scripting.execute_script("sessionStorage.clear()")
    scripting.stop_recording()


def test_with_javascript_every_command_ends_in_one_toast_and_the_page_is_what_a_reload_shows(
    recorded: Browser, site: LocalRun, provider: ScriptedProvider, tmp_path: pathlib.Path
) -> None:
    provider.says = table
    walk = Scripted(recorded, site, provider, tmp_path)
    told: list[str] = []
    names = []
    for name, toasts in walk.steps():
        told += toasts
        # All of them, in this order, and none beside them: also none of the steps before.
        eventually(lambda: recorded.quietly(recorded.toasts) == told, what=f"{name}: {recorded.toasts()} are {told}")
        names.append(name)
        if name == "delete":
            continue
        compare_with_a_reload(recorded, site.url + walk.path)
    assert recorded.toasts() == told
    assert len(names) == 13


def compare_with_a_reload(browser: Browser, url: str) -> None:
    """Old state and events make the state that is fetched anew."""
    browser.follows()
    tab = browser.current_window_handle
    browser.switch_to.new_window("tab")
    try:
        browser.get(url)
        browser.follows()
        other = browser.current_window_handle
        patience = time.monotonic() + 10

        def difference() -> list[str]:
            pages = []
            for handle in (tab, other):
                browser.switch_to.window(handle)
                open_rounds(browser)
                pages.append(shown(browser).splitlines())
            return list(difflib.unified_diff(*pages, "followed", "fetched", lineterm="", n=1))

        # A moment's difference is an event on its way.
        eventually(lambda: not difference() or time.monotonic() > patience)
        assert not (lines := difference()), "\n".join(lines)
    finally:
        browser.close()
        browser.switch_to.window(tab)


def test_without_javascript_every_command_is_told_of_at_the_top_of_the_page_once(
    plain: Browser, site: LocalRun, provider: ScriptedProvider, tmp_path: pathlib.Path
) -> None:
    provider.says = table
    walk_plainly(Plain(plain, site, provider, tmp_path))


def test_with_a_script_that_fails_the_whole_way_can_be_gone(
    broken: Browser, site: LocalRun, provider: ScriptedProvider, tmp_path: pathlib.Path
) -> None:
    provider.says = table
    walk = Plain(broken, site, provider, tmp_path)
    walk_plainly(walk)
    broken.get(site.url + walk.path)
    broken.see("#keep a", "Markdown")
    for link in broken.find_elements(By.CSS_SELECTOR, "#keep a[href*=export]"):
        status, _, export = site.get(link.get_attribute("href").removeprefix(site.url))
        assert status == 200
        assert "Think of the volunteers." in export.decode(), link.text


def walk_plainly(walk: Walk) -> None:
    plain, site = walk.browser, walk.site
    names = []
    for name, (message, *_) in walk.steps():
        told = plain.see(".done p").text
        # A model that was quick was done before the page was made, which then says so.
        assert told == message or told == DONE_AT_ONCE.get(name)
        assert len(plain.find_elements(By.CSS_SELECTOR, ".done")) == 1, name
        assert plain.find_elements(By.CSS_SELECTOR, ".toast") == []
        if name != "delete":
            plain.get(site.url + walk.path)
            plain.see("h1", TOPIC)
            assert plain.find_elements(By.CSS_SELECTOR, ".done") == [], name
        names.append(name)
    assert len(names) == 13


def test_a_double_click_without_javascript_is_one_command_and_one_message(
    plain: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = started(site)
    plain.get(site.url + path)
    plain.see("#input").send_keys("Only once, please.")
    ActionChains(plain).double_click(plain.see("#remark button")).perform()
    plain.see(".done", "Your remark is sent.")
    after = waiting(site, path)
    assert [r["userInput"] for r in after["rounds"]].count([]) == len(after["rounds"]) - 1
    assert len(after["rounds"]) == 2
    plain.get(site.url + path)
    plain.see("h2", "It is your turn")
    assert plain.find_elements(By.CSS_SELECTOR, ".done") == []


def test_the_browsers_resend_is_the_same_command(plain: Browser, site: LocalRun, provider: ScriptedProvider) -> None:
    provider.release.set()
    path = started(site)
    plain.get(site.url + path)
    command = plain.find_element(By.CSS_SELECTOR, "#remark [name=command_id]").get_attribute("value")
    token = plain.find_element(By.CSS_SELECTOR, "#remark [name=form_token]").get_attribute("value")
    form = f"command_id={command}&form_token={token}&input=Once".encode()
    for _ in range(2):
        status, headers, _ = site.request(
            "POST", f"{path}/input", form, Content_Type="application/x-www-form-urlencoded"
        )
        assert status == 303 and headers["Location"].endswith(path)
        assert headers["Set-Cookie"].startswith("parley_done=user-input;")
    assert [text for r in waiting(site, path)["rounds"] for text in r["userInput"]] == ["Once"]


@pytest.mark.parametrize("cookie", ["<script>", "You have won", "delete", "user-input%0d%0aX: y"])
def test_a_message_that_is_none_of_ours_is_not_shown(site: LocalRun, provider: ScriptedProvider, cookie: str) -> None:
    provider.release.set()
    _, _, page = site.get(started(site), Cookie=f"parley_done={cookie}")
    assert b'class="done"' not in page


def test_what_was_typed_into_a_refused_form_stays_when_the_page_goes_on(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    path = site.start_discussion(TOPIC)
    scripting.get(site.url + path)
    scripting.see("#running")
    # As by a page without JavaScript that was fetched before: a plain form, which nothing takes over.
    scripting.execute_script(
        """
        const form = document.createElement("form");
        form.method = "post";
        form.action = arguments[0] + "/input";
        const token = document.querySelector("[name=form_token]").value;
        const fields = { command_id: "an-old-page", form_token: token, input: "Mind the volunteers." };
        for (const [name, value] of Object.entries(fields)) {
            const field = document.createElement("input");
            [field.name, field.value] = [name, value];
            form.append(field);
        }
        document.body.append(form);
        HTMLFormElement.prototype.submit.call(form);
        """,
        path,
    )
    scripting.see("#problem h2", "That was not done")
    scripting.follows()
    provider.release.set()
    scripting.see("#action h2", "It is your turn")
    assert scripting.see("#typed").get_attribute("value") == "Mind the volunteers."
    assert scripting.see("#problem a").get_attribute("href").endswith("#typed")
