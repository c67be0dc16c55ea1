"""The page that follows its discussion by script: what it shows, in how many tabs, and what if the script fails."""

import gzip
import json
import re
import time
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import Browser
from local_run import ROOT, LocalRun, eventually
from scripted_provider import HOLD, ScriptedProvider
from table import press, shown, started, table, waiting


def test_the_script_stays_small(site: LocalRun) -> None:
    script = (ROOT / "public/parley.js").read_bytes()
    assert len(script) < 30_000
    assert len(gzip.compress(script)) < 10_000
    status, headers, served = site.get("/assets/parley.js")
    assert (status, served) == (200, script)
    assert headers["Content-Type"].startswith(("text/javascript", "application/javascript"))


def test_words_stand_in_the_page_while_they_are_said_as_text_only(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    hostile = ["<img src=x onerror=\"document.title='run'\">", "<script>document.title='run'</script>", " & &lt;b&gt; 🦊 é"]
    provider.says = lambda request: (*hostile, HOLD, "</div><h1>end</h1>")
    path = site.start_discussion("Is it only text?")
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see(".speaking .said", "".join(hostile))
    assert scripting.find_elements(By.CSS_SELECTOR, "main img, main script, main .said h1") == []
    # A page that comes in the middle has the beginning in its HTML, and shows the same.
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see(".speaking .said", "".join(hostile))
    provider.release.set()
    scripting.see("h2", "It is your turn")
    assert scripting.find_elements(By.CSS_SELECTOR, "main img, main script, main .said h1, .speaking") == []
    assert len(scripting.texts(".message")) == 3
    assert scripting.title.startswith("Your turn: ")


def test_a_page_of_every_round_takes_in_the_one_that_is_spoken(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    path = site.start_discussion("Every round?")
    scripting.get(f"{site.url}{path}?rounds=all")
    scripting.follows()
    scripting.see(".speaking.seat-1 .said", "begins")
    provider.release.set()
    eventually(lambda: len(site.discussion(path)["rounds"][0]["messages"]) == 3)
    scripting.see("h2", "It is your turn")
    assert scripting.texts(".message:not(.speaking) .said strong") == ["Analyzer", "Solver", "Moderator"]


LIVE = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], [role=timer], [role=marquee], output"


def test_streamed_words_are_no_live_region_and_three_kinds_of_things_are_told(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    """Who speaks, your turn, and outcomes: whatever changes in a live region is one of them."""
    provider.says = table
    scripting.get(site.url + site.start_discussion("Who listens?"))
    scripting.follows()
    scripting.execute_script("""
        window.told = [];
        const live = arguments[0];
        new MutationObserver((changes) => {
            for (const { target } of changes) {
                const region = (target.nodeType === 1 ? target : target.parentElement)?.closest(live);
                if (region?.innerText.trim()) told.push(`${region.id}: ${region.innerText.trim().split("\\n")[0]}`);
            }
        }).observe(document.body, { childList: true, characterData: true, subtree: true });
    """, LIVE)
    words = scripting.see(".speaking .said", "begins")
    assert scripting.execute_script("return !!arguments[0].closest(arguments[1])", words, LIVE) is False
    tree = scripting.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    live = [node for node in tree if any(p["name"] == "live" for p in node.get("properties", []))]
    ids = {node["nodeId"] for node in tree if node.get("role", {}).get("value") in ("status", "alert")}
    # Toasts, alarms and the news; an empty alert of a discussion that was not deleted is not there.
    assert len(ids) == 3, ids
    assert not any("begins" in str(node.get("name", {}).get("value")) for node in live)
    provider.release.set()
    scripting.see("h2", "It is your turn")
    press(scripting, "Sum up")
    scripting.see(".toast", "The summary is ready.")
    told = list(dict.fromkeys(scripting.execute_script("return told")))
    assert [line for line in told if line.startswith("news: ")] == [
        "news: Solver speaks.", "news: Moderator speaks.", "news: Round 1 is complete. It is your turn."
    ]
    assert {line.split(":")[0] for line in told} == {"news", "toasts"}


def test_the_keys_in_the_help_do_what_it_says_and_can_be_switched_off(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = started(site)
    scripting.get(site.url + path)
    scripting.follows()

    def focused() -> str:
        return scripting.execute_script(
            "const e = document.activeElement;"
            "return e === document.body ? 'body' : e.querySelector('h3, h2')?.textContent || e.id || e.localName"
        )

    def keys(*keys: str) -> str:
        scripting.switch_to.active_element.send_keys(*keys)
        return focused()

    assert [keys("n"), keys("j"), keys("j"), keys("k")] == ["Round 1", "Analyzer", "Solver", "Analyzer"]
    assert keys("p") in ("Round 1", "Analyzer")
    assert keys("r") == "input"
    # While somebody types, they are letters.
    keys("j?n")
    assert scripting.see("#input").get_property("value") == "j?n"
    assert not scripting.find_element(By.ID, "keys").is_displayed()
    scripting.execute_script("document.activeElement.blur()")
    keys("?")
    scripting.see("#keys", "next message")
    # The dialog holds the focus, and gives it back.
    scripting.see("#keys-on").click()
    scripting.switch_to.active_element.send_keys(Keys.ESCAPE)
    eventually(lambda: not scripting.find_element(By.ID, "keys").is_displayed())
    scripting.execute_script("document.activeElement.blur()")
    assert keys("j") == "body"
    scripting.get(site.url + path)
    scripting.follows()
    assert keys("j") == "body", "switched off for good"
    scripting.see("#show-keys").click()
    scripting.see("#keys-on").click()
    scripting.see("#keys button", "Close").click()
    scripting.execute_script("document.activeElement.blur()")
    # From the page's end.
    assert keys("k") == "Moderator"


def test_times_are_those_of_the_persons_zone(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = started(site)
    scripting.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kathmandu"})
    try:
        scripting.get(site.url + path)
        scripting.follows()
        time = scripting.see("time")
        utc = time.get_attribute("title")
        assert utc.endswith(" UTC") and not time.text.endswith(" UTC")
        hours, minutes = (int(part) for part in re.search(r"(\d+):(\d+)", utc).groups())
        there = (hours * 60 + minutes + 5 * 60 + 45) % (24 * 60)
        shown_hours, shown_minutes = (int(part) for part in re.search(r"(\d+):(\d+)", time.text).groups())
        assert (shown_hours % 12, shown_minutes) == (there // 60 % 12, there % 60)
    finally:
        scripting.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_in_the_middle_of_a_round_the_followed_page_is_the_fetched_one(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    path = site.start_discussion("Is it the same?")
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see(".speaking .said", "Analyzer")
    eventually(lambda: "begins" in site.discussion(path)["rounds"][0]["messages"][0]["content"])
    followed = scripting.current_window_handle
    scripting.switch_to.new_window("tab")
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see(".speaking .said", "begins")
    fetched = shown(scripting)
    scripting.close()
    scripting.switch_to.window(followed)
    assert shown(scripting) == fetched


def test_a_page_whose_worker_is_missing_follows_by_itself(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    source = {"source": "delete window.SharedWorker"}
    added = scripting.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", source)
    try:
        provider.says = table
        path = site.start_discussion("Alone?")
        scripting.get(site.url + path)
        scripting.follows()
        provider.release.set()
        scripting.see("h2", "It is your turn")
        assert len(scripting.texts(".message")) == 3
    finally:
        scripting.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.mark.parametrize(("told", "pause"), [({"Retry-After": "2"}, 1900), ({}, 400)], ids=["told", "not told"])
def test_a_poll_waits_as_long_as_it_is_told_to_and_never_asks_in_a_circle(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider, told: dict[str, str], pause: int
) -> None:
    # What a responder with too many polls answers: nothing, at once, and perhaps when to come again.
    source = """
        const ask = window.fetch;
        window.asked = [];
        window.looks = [];
        window.fetch = (url, options) => {
            if (!String(url).includes("/events?")) return ask(url, options);
            asked.push(performance.now());
            looks.push(String(url).includes("wait=0"));
            const cursor = Number(new URL(url).searchParams.get("after"));
            const answer = JSON.stringify({ cursor, events: [] });
            return Promise.resolve(new Response(answer, { headers: TOLD }));
        };
        delete window.SharedWorker;
    """.replace("TOLD", json.dumps(told))
    added = scripting.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    try:
        provider.release.set()
        scripting.get(site.url + started(site))
        scripting.follows()
        # The first of all is not to be held.
        asked = eventually(lambda: len(times := scripting.execute_script("return asked")) > 3 and times[1:])
        assert all(later - earlier > pause for earlier, later in zip(asked, asked[1:]))
        # Who finds no room to be held looks what there is: a held poll would be turned away again.
        looks = scripting.execute_script("return looks")[1:]
        assert all(looks) if told else not any(looks)
    finally:
        scripting.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.mark.parametrize("fault", ["blocked", "throwing", "without answers"])
def test_with_a_script_that_fails_the_page_is_whole(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider, fault: str
) -> None:
    source = {
        "blocked": "",
        "throwing": "Object.defineProperty(window, 'crypto', {get() { throw 'broken' }}); delete window.SharedWorker;"
        "document.addEventListener = window.addEventListener = () => { throw 'broken' };",
        "without answers": "delete window.SharedWorker; window.fetch = () => Promise.reject('broken');",
    }[fault]
    scripting.execute_cdp_cmd("Network.enable", {})
    blocked = ["*parley.js*"] if fault == "blocked" else []
    scripting.execute_cdp_cmd("Network.setBlockedURLs", {"urls": blocked})
    added = scripting.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    try:
        provider.says = table
        path = site.start_discussion("Does it hold?")
        scripting.get(site.url + path)
        scripting.see("a", "Follow on a page of its own")
        scripting.see("a", "Reload")
        scripting.switch_to.frame(scripting.see("iframe"))
        scripting.see(".message", "begins,")
        provider.release.set()
        scripting.see("a", "It is your turn").click()
        scripting.switch_to.default_content()
        scripting.see("h2", "It is your turn")
        if fault != "without answers":
            scripting.see("#input").send_keys("Sent as a form.")
            press(scripting, "Send the remark and go on")
            scripting.see(".done", "Your remark is sent.")
            assert waiting(site, path)["rounds"][0]["userInput"] == ["Sent as a form."]
    finally:
        scripting.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
        scripting.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        scripting.execute_cdp_cmd("Network.disable", {})


@pytest.fixture(scope="module")
def house(scripted: ScriptedProvider) -> Iterator[LocalRun]:
    """A site of an intranet: plain http, at a name that is not the machine's own."""
    run = LocalRun(scripted.url)
    run.environment["PUBLIC_URL"] = f"http://parley.test:{run.http_port}/"
    try:
        yield run.started()
    finally:
        run.stop()


@pytest.fixture
def intranet(house: LocalRun) -> Iterator[Browser]:
    """A browser in the house."""
    browser = Browser(True, "--host-resolver-rules=MAP parley.test 127.0.0.1")
    yield browser
    browser.quit()


def test_with_eight_tabs_on_a_plain_http_intranet_an_action_is_acknowledged_in_2_s_and_all_show_it(
    intranet: Browser, house: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    path = house.start_discussion("Is there room for eight?")
    url = f"http://parley.test:{house.http_port}{path}"
    # Opened while the table speaks: each page's frame holds a connection of its own, until it follows.
    tabs = []
    for number in range(8):
        if number:
            intranet.switch_to.new_window("tab")
        intranet.get(url)
        intranet.follows()
        tabs.append(intranet.current_window_handle)
    assert intranet.execute_script("return [isSecureContext, typeof navigator.clipboard]") == [False, "undefined"]
    provider.release.set()
    waiting(house, path)
    provider.release.clear()
    for tab in tabs:
        intranet.switch_to.window(tab)
        intranet.see("h2", "It is your turn")

    # The plainest of them first, then one of the hidden ones.
    for tab, others in ((tabs[-1], tabs[:-1]), (tabs[0], tabs[1:])):
        intranet.switch_to.window(tab)
        words = f"From {tab}"
        intranet.see("#input").send_keys(words)
        began = time.monotonic()
        press(intranet, "Send the remark and go on")
        intranet.see("#toasts .toast", "Your remark is sent.")
        took = time.monotonic() - began
        print(f"acknowledged after {took:.2f} s, with eight tabs open")
        assert took < 2
        intranet.see(".yours", words)
        for other in others:
            intranet.switch_to.window(other)
            intranet.see(".yours", words)
            assert intranet.texts("#toasts .toast") == [], "what one tab did is no toast in another"
        provider.release.set()
        waiting(house, path)
        provider.release.clear()
        for other in (tab, *others):
            intranet.switch_to.window(other)
            intranet.see("h2", "It is your turn")
            for close in intranet.find_elements(By.CSS_SELECTOR, ".toast .close"):
                close.click()

    # No clipboard there: the words are copied by way of a selected field.
    intranet.see(".copy").click()
    intranet.see("#toasts .toast", "Copied to the clipboard.")


def test_with_eight_discussions_open_at_once_an_action_is_acknowledged_in_2_s(
    intranet: Browser, house: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    provider.release.set()
    paths = [started(house, f"Is there room for discussion {number}?") for number in range(8)]
    for number, path in enumerate(paths):
        if number:
            intranet.switch_to.new_window("tab")
        intranet.get(f"http://parley.test:{house.http_port}{path}")
        intranet.follows()
    intranet.see("#input").send_keys("The eighth")
    began = time.monotonic()
    press(intranet, "Send the remark and go on")
    intranet.see("#toasts .toast", "Your remark is sent.")
    assert time.monotonic() - began < 2


def test_questions_that_took_the_place_of_others_take_no_ticks_over(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    provider.release.set()
    path = started(site)
    asked = {"Content_Type": "application/json"}
    site.request("POST", f"{path}/questions", b"{}", **asked, Idempotency_Key="first-set")
    waiting(site, path)
    scripting.get(site.url + path)
    scripting.follows()
    first = scripting.see("#answers fieldset").get_attribute("id")
    scripting.see("#answers input[type=checkbox]").click()
    site.request("POST", f"{path}/questions", b"{}", **asked, Idempotency_Key="second-set")
    waiting(site, path)

    def other() -> bool:
        fieldset = scripting.find_elements(By.CSS_SELECTOR, "#answers fieldset")
        return bool(fieldset) and fieldset[0].get_attribute("id") != first

    eventually(lambda: scripting.quietly(other), what="the second set")
    assert scripting.find_elements(By.CSS_SELECTOR, "#answers :checked") == []
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see("#answers fieldset")
    assert scripting.find_elements(By.CSS_SELECTOR, "#answers :checked") == []


def test_a_message_and_the_conclusion_can_be_copied(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = lambda request: ("Some **strong** words.",)
    path = started(site)
    site.request("POST", f"{path}/resolve", b'{"conclusion":"We lend."}', Content_Type="application/json", Idempotency_Key="end")
    scripting.get(site.url + path)
    scripting.follows()
    scripting.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    for css, words in ((".message", "Some **strong** words."), (".tools", "### Analyzer"), (".resolution", "We lend.")):
        link = scripting.see(f"{css} .copy")
        link.click()
        scripting.see(".toast", "Copied to the clipboard.")
        read = "navigator.clipboard.readText().then(arguments[0], (e) => arguments[0](String(e)))"
        copied = scripting.execute_async_script(read)
        # What the link leads to is what is copied: Markdown as the site gives it out.
        assert copied == site.get(link.get_attribute("href").removeprefix(site.url))[2].decode()
        assert words in copied
        assert scripting.current_url == site.url + path
        scripting.see(".toast .close").click()


@pytest.mark.parametrize("change", ["twice", "not at first"])
def test_words_that_come_twice_or_are_missed_stand_there_once(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider, change: str
) -> None:
    def pieces(request: dict) -> Iterator[str | None]:
        for number in range(6):
            yield f"é{number} "
            # Longer than chunks are gathered for, so that each travels in an event of its own.
            time.sleep(0.15)
        yield HOLD

    alter = {
        "twice": "events.flatMap((e) => e.type === 'message-chunk' ? [e, { ...e, id: e.id + 0.5 }] : [e])",
        "not at first": "events.filter((e) => e.type !== 'message-chunk' || window.missed++ > 1)",
    }[change]
    source = f"""
        const ask = window.fetch;
        window.missed = 0;
        window.fetch = async (url, options) => {{
            const answer = await ask(url, options);
            if (!String(url).includes("/events?")) return answer;
            const {{ cursor, events }} = await answer.json();
            return new Response(JSON.stringify({{ cursor, events: {alter} }}), {{ headers: answer.headers }});
        }};
        delete window.SharedWorker;
    """
    added = scripting.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    try:
        provider.says = lambda request: ("Well.", HOLD)
        path = site.start_discussion("Each word once?")
        scripting.get(site.url + path)
        scripting.follows()
        provider.says = pieces
        provider.release.set()
        # The first seat has been told to speak before the page was there: the second's words are looked at.
        eventually(lambda: len(site.discussion(path)["rounds"][0]["messages"]) == 2)
        provider.release.clear()
        scripting.see(".speaking.seat-2 .said", "é0 é1 é2 é3 é4 é5")
        assert scripting.see(".speaking.seat-2 .said").text.strip() == "é0 é1 é2 é3 é4 é5"
    finally:
        scripting.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_fallback_is_told_of(scripting: Browser, site: LocalRun, provider: ScriptedProvider) -> None:
    # The events of a fallback, said by hand: this site has one provider.
    provider.says = table
    path = site.start_discussion("Who speaks for whom?")
    change = """
        const ask = window.fetch;
        window.fetch = async (url, options) => {
            const answer = await ask(url, options);
            if (!String(url).includes("/events?")) return answer;
            const text = (await answer.text()).replaceAll('"provider":"local"', '"provider":"groq"');
            return new Response(text, { status: answer.status, headers: answer.headers });
        };
        delete window.SharedWorker;
    """
    added = scripting.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": change})
    try:
        scripting.get(site.url + path)
        scripting.follows()
        scripting.see(".speaking", "begins")
        scripting.execute_script("""
            window.told = [];
            const news = document.querySelector("#news");
            new MutationObserver(() => told.push(news.textContent)).observe(news, { childList: true });
        """)
        provider.release.set()
        scripting.see("#toasts .toast", "Local could not answer: Groq speaks for Solver.")
        scripting.see("h2", "It is your turn")
        # Who speaks has been told with it, and is not told twice.
        eventually(lambda: scripting.execute_script("return told")[-1:] == ["Round 1 is complete. It is your turn."])
        assert len(scripting.execute_script("return told")) == 1
    finally:
        scripting.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_an_error_event_is_an_alarm_that_stays_and_stands_in_the_page_too(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.says = table
    path = site.start_discussion("Will it fail?")
    scripting.get(site.url + path)
    scripting.follows()
    provider.says = lambda request: ()
    provider.release.set()
    failure = scripting.see(".failure", "What was said so far is kept.", 60).text
    alarm = scripting.see("#alarms .toast.error p").text
    assert failure.startswith(alarm)
    scripting.switch_to.active_element.send_keys(Keys.ESCAPE)
    eventually(lambda: scripting.find_elements(By.CSS_SELECTOR, ".toast") == [])


def test_a_discussion_that_is_deleted_elsewhere_says_so(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = started(site)
    scripting.get(site.url + path)
    scripting.follows()
    site.request("POST", f"{path}/delete", b"{}", Content_Type="application/json", Idempotency_Key=f"delete {path}"[:60].replace(" ", ""))
    scripting.see("#deleted[role=alert]", "This discussion was deleted.")
    assert scripting.find_elements(By.CSS_SELECTOR, ".toast") == []


def test_a_log_that_was_put_back_makes_the_page_fetch_itself_anew(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = started(site)
    # A page of another log: its cursor lies ahead of this one's.
    change = """
        delete window.SharedWorker;
        new MutationObserver((_, observer) => {
            const article = document.querySelector("article[data-cursor]");
            if (!article) return;
            observer.disconnect();
            article.dataset.cursor = "2000000000";
        }).observe(document, { childList: true, subtree: true });
    """
    added = scripting.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": change})
    try:
        scripting.get(site.url + path)
        cursor = "return document.querySelector('article').dataset.cursor"
        eventually(lambda: scripting.quietly(lambda: scripting.execute_script(cursor)) == str(site.discussion(path)["cursor"]))
    finally:
        scripting.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    site.request("POST", f"{path}/input", b'{"input":"Later"}', Content_Type="application/json", Idempotency_Key="later-410")
    scripting.see(".yours", "Later")


def test_a_toast_waits_while_it_is_looked_at_and_gives_the_focus_back(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = started(site)
    scripting.get(site.url + path)
    scripting.follows()
    copy = scripting.see(".copy")
    copy.click()
    close = scripting.see(".toast .close")
    scripting.execute_script("arguments[0].focus()", close)
    # Longer than an unattended toast stays: the clock is the page's own.
    scripting.execute_async_script("setTimeout(arguments[0], 7000)")
    assert close.is_displayed()
    close.send_keys(Keys.ENTER)
    eventually(lambda: scripting.find_elements(By.CSS_SELECTOR, ".toast") == [])
    assert scripting.switch_to.active_element == copy
    copy.click()
    scripting.see(".toast", "Copied")
    scripting.execute_script("arguments[0].blur()", copy)
    began = time.monotonic()
    eventually(lambda: scripting.find_elements(By.CSS_SELECTOR, ".toast") == [], 12, "the toast goes by itself")
    assert time.monotonic() - began > 5
