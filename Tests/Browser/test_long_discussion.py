"""A discussion of 500 rounds: what is in the page, what comes and goes as it is scrolled, and how to find a message."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import Browser
from local_run import LocalRun, eventually
from long_discussion import add_rounds, long_discussion, message_id, speech
from scripted_provider import ScriptedProvider
from scrolling import scroll, watch
from table import press, waiting

ROUNDS = 500


@pytest.fixture(scope="module")
def long(site: LocalRun, scripted: ScriptedProvider) -> str:
    scripted.release.set()
    return long_discussion(site, ROUNDS)


@pytest.fixture
def path(long: str, provider: ScriptedProvider) -> str:
    """The discussion of 500 rounds; `provider` lets its voices speak as each test says."""
    provider.release.set()
    return long


def message(path: str, round: int, seat: int = 2) -> str:
    return "m-" + message_id(path.rsplit("/", 1)[1], round, seat)


def top_of(browser: Browser, css: str) -> float:
    return browser.execute_script("return document.querySelector(arguments[0]).getBoundingClientRect().top", css)


def scroll_to_the_end(browser: Browser) -> None:
    browser.execute_script("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")


def test_it_opens_with_its_newest_round_and_lists_nineteen(browser: Browser, site: LocalRun, path: str) -> None:
    browser.get(site.url + path)
    browser.see("h2", "It is your turn")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#round-500 .message")) == 3
    assert "3 voices" in browser.see("#round-499 .who").text
    browser.see("#round-499 .gist", "Round 499, seat 3: the volunteers are")
    browser.see("#round-490 .gist", "My remark in round 490")
    if not browser.javascript:
        assert browser.texts(".round h2") == [f"Round {number}" for number in range(481, 501)]
    assert len(site.get(path)[2]) < 60_000


def test_a_collapsed_round_is_a_click_away_with_and_without_a_script(browser: Browser, site: LocalRun, path: str) -> None:
    browser.get(site.url + path)
    if browser.javascript:
        browser.follows()
    browser.see("#round-498 summary").click()
    if browser.javascript:
        browser.see("#round-498 .message", "Round 498, seat 1")
        assert browser.current_url == site.url + path
        return
    browser.see("#round-498 a", "Read round 498").click()
    browser.see(".message", "Round 498, seat 1")
    assert browser.current_url == f"{site.url}{path}/rounds/498"
    browser.see("a", "Back to the discussion").click()
    browser.see("#round-498 .message", "Round 498, seat 1")


def test_a_collapsed_round_is_opened_by_keys_alone(scripting: Browser, site: LocalRun, path: str) -> None:
    scripting.get(site.url + path)
    scripting.follows()
    scripting.execute_script("document.querySelector('#round-499 summary').focus()")
    scripting.switch_to.active_element.send_keys(Keys.ENTER)
    scripting.see("#round-499 .message", "Round 499, seat 1")


def test_older_rounds_are_reached_by_links_alone(plain: Browser, site: LocalRun, path: str) -> None:
    plain.get(site.url + path)
    plain.see("#earlier a").click()
    plain.see("#round-480")
    assert plain.texts(".round h2")[0] == "Round 461"
    plain.see("#later a", "newest").click()
    plain.see("#round-500")
    plain.see("#navigator input").send_keys("37", Keys.ENTER)
    plain.see("#round-37 .message", "Round 37, seat 1")
    assert plain.find_elements(By.CSS_SELECTOR, "#action") == []


def test_a_message_is_found_by_its_link_without_a_script(plain: Browser, site: LocalRun, path: str) -> None:
    plain.get(f"{site.url}{path}?message={message(path, 37)[2:]}")
    plain.see(f"#{message(path, 37)}", "Round 37, seat 2")
    assert plain.current_url == f"{site.url}{path}/rounds/37#{message(path, 37)}"


@pytest.mark.parametrize("round", [37, 490, 500])
def test_a_message_is_found_by_a_fragment_wherever_it_is(
    scripting: Browser, site: LocalRun, path: str, round: int
) -> None:
    name = message(path, round, 3)
    scripting.get(f"{site.url}{path}#{name}")
    scripting.see(f"#{name}:target", f"Round {round}, seat 3")
    eventually(lambda: 0 <= top_of(scripting, f"#{name}") < 700, 10, "it is scrolled to")


def test_scrolled_end_to_end_the_page_stays_small_and_nothing_jumps(
    scripting: Browser, site: LocalRun, path: str
) -> None:
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see("#open-all").click()
    scripting.see("#round-481 .message", "Round 481, seat 1")
    # Those that were collapsed in the page by then are opened one after the other.
    height = "return document.documentElement.scrollHeight"
    eventually(lambda: scripting.execute_script(height) > 24_000)
    scroll_to_the_end(scripting)
    scripting.see("#round-500 .message", "Round 500, seat 3")
    watch(scripting)
    up = scroll(scripting, -400)
    assert scripting.find_elements(By.CSS_SELECTOR, ".round .load, #earlier") == []
    scripting.see("#round-1 h2", "Round 1")
    scripting.see("#round-2 .message", "Round 2, seat 3")
    assert len(scripting.find_elements(By.CSS_SELECTOR, ".round")) == ROUNDS
    assert scripting.find_elements(By.CSS_SELECTOR, "#round-400 .message") == []
    down = scroll(scripting, 600)
    scripting.see("#round-500 .message", "Round 500, seat 3")
    print(f"nodes {down['most']}, CLS {down['shift']:.4f} ({up['shift']:.4f} upwards) {down['shifts'][:9]}")
    assert down["most"] <= 3_000
    assert down["shift"] < 0.05


def test_what_is_read_stays_where_it_is_while_earlier_rounds_come(
    scripting: Browser, site: LocalRun, path: str
) -> None:
    scripting.get(site.url + path)
    scripting.follows()
    # Nothing is put in between the page's beginning and what stands below it.
    assert scripting.execute_script("return [scrollY, document.querySelectorAll('.round').length]") == [0, 20]
    before = top_of(scripting, "#navigator")
    watch(scripting)
    # In one and the same moment: what comes above moves the page's beginning away, not what is read.
    places = scripting.execute_async_script("""
        const told = arguments[0], places = [];
        document.querySelector("#round-484").scrollIntoView();
        const look = () => {
            places.push(Math.round(document.querySelector("#round-484").getBoundingClientRect().top));
            document.querySelectorAll(".round").length > 20 && places.length > 20 ? told(places) : requestAnimationFrame(look);
        };
        look();
    """)
    assert max(places) - min(places) <= 1, places
    scripting.execute_script("scrollTo(0, 0)")
    assert abs(top_of(scripting, "#navigator") - before) <= 1
    count = scripting.execute_script("return document.querySelectorAll('.round').length")
    scroll(scripting, -10, 30)
    assert scripting.execute_script("return watched.shift") < 0.05
    assert count < 100, "the page's beginning is not pushed away for ever"


def test_rounds_with_the_focus_or_a_selection_stay(scripting: Browser, site: LocalRun, path: str) -> None:
    scripting.get(f"{site.url}{path}?round=490")
    scripting.follows()
    scripting.see("#round-490 .message")
    scripting.execute_script("""
        document.querySelector("#round-490 .message a").focus();
        const text = document.querySelector("#round-490 .message:nth-of-type(2) .said");
        getSelection().selectAllChildren(text);
    """)
    words = scripting.execute_script("return String(getSelection())")
    scroll(scripting, -900, 60)
    far = scripting.execute_script("return document.querySelector('#round-490').getBoundingClientRect().top")
    assert far > 2_000
    assert scripting.find_elements(By.CSS_SELECTOR, "#round-489 *") == []
    assert scripting.execute_script("return String(getSelection())") == words
    assert scripting.execute_script("return document.activeElement.closest('.round')?.id") == "round-490"


def test_a_round_that_begins_elsewhere_is_taken_in_and_what_was_loaded_stays(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = long_discussion(site, 45, "Does it take in what comes?")
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see("#round-43 summary").click()
    scripting.see("#round-43 .message", "Round 43, seat 1")
    scroll(scripting, -300, 40)
    eventually(lambda: len(scripting.find_elements(By.CSS_SELECTOR, ".round")) == 45)
    scripting.execute_script("document.querySelector('#round-43').scrollIntoView()")
    before = top_of(scripting, "#round-43")
    site.request("POST", f"{path}/input", b'{"input":"From elsewhere"}', Content_Type="application/json",
                 Idempotency_Key=f"elsewhere{path[-9:]}")
    eventually(lambda: len(scripting.find_elements(By.CSS_SELECTOR, "#round-46 .message")) == 3, 30)
    eventually(lambda: scripting.title.startswith("Your turn: "))
    # Nobody who reads is moved, and nothing that was opened closes.
    assert abs(top_of(scripting, "#round-43") - before) <= 1
    scripting.see("#round-43 .message", "Round 43, seat 1")
    numbers = scripting.execute_script("return [...document.querySelectorAll('.round')].map(r => +r.id.slice(6))")
    assert numbers == list(range(1, 47))
    scripting.execute_script("document.querySelector('#round-45').scrollIntoView()")
    scripting.see("#round-45 .yours", "From elsewhere")
    icon = scripting.execute_script("return document.querySelector('[rel=icon]').href")
    assert "parley-turn.svg" in icon


def go_on(site: LocalRun, path: str, to: int, browser: Browser) -> None:
    """Speaks one more round, and waits until the page has it."""
    command = f"{path[-9:]}-{to}-{browser.session_id[:8]}"
    status, _, said = site.request("POST", f"{path}/input", b'{"input":"Go on"}', Content_Type="application/json",
                                   Idempotency_Key=command)
    assert status < 300, said
    eventually(lambda: len(browser.find_elements(By.CSS_SELECTOR, f"#round-{to} .message:not(.speaking)")) == 3, 30)
    waiting(site, path)
    eventually(lambda: browser.title.startswith("Your turn: "))


NUMBERS = "return [...document.querySelectorAll('.round')].map((round) => +round.id.slice(6))"
FIRST = "return document.querySelector('#rounds').firstElementChild.id"


def test_a_discussion_that_grows_long_while_it_is_followed_is_windowed_from_then_on(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = long_discussion(site, 19, "Does it grow?")
    scripting.look(1100, 300)
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see("#round-1 summary").click()
    scripting.see("#round-1 .message")
    for number in range(20, 24):
        go_on(site, path, number, scripting)
        # Rounds that slide off the server's page stay, and nothing stands between two of them.
        assert scripting.execute_script(NUMBERS) == list(range(1, number + 1))
        eventually(lambda: scripting.execute_script(FIRST) == "round-1", what="all rounds there are stand here")
    scripting.see("#open-all")
    # A round with the focus stays.
    scripting.execute_script("document.activeElement.blur()")
    scroll_to_the_end(scripting)
    eventually(lambda: not scripting.find_elements(By.CSS_SELECTOR, "#round-1 *"), what="round 1 leaves the page")
    scripting.execute_script("scrollTo(0, 0)")
    scripting.see("#round-1 .message")


def test_rounds_that_were_missed_leave_no_gap(scripting: Browser, site: LocalRun, provider: ScriptedProvider) -> None:
    provider.release.set()
    path = long_discussion(site, 18, "Was it away for long?")
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see("#round-1")
    add_rounds(site, path, 19, 60)
    go_on(site, path, 61, scripting)
    eventually(lambda: scripting.execute_script(FIRST) == "earlier")
    numbers = scripting.execute_script(NUMBERS)
    assert numbers == list(range(numbers[0], 62))
    scroll(scripting, -300)
    eventually(lambda: scripting.execute_script(NUMBERS) == list(range(1, 62)), what="every round")


def test_a_page_of_all_rounds_fetches_only_the_newest_of_them_anew(
    scripting: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    path = long_discussion(site, 45, "Is it all fetched again?")
    scripting.get(f"{site.url}{path}?rounds=all")
    scripting.follows()
    navigator = scripting.see("#navigator").text
    words = scripting.execute_script("return document.querySelector('#round-3').textContent")
    go_on(site, path, 46, scripting)
    go_on(site, path, 47, scripting)
    assert scripting.execute_script(NUMBERS) == list(range(1, 48))
    assert scripting.execute_script("return document.querySelector('#round-3').textContent") == words
    assert scripting.find_elements(By.CSS_SELECTOR, "#earlier, .round .load, .round:empty, [data-windowing]") == []
    assert scripting.see("#navigator").text == navigator
    largest = "return Math.max(...performance.getEntriesByType('resource').map((entry) => entry.decodedBodySize))"
    everything = len(site.get(f"{path}?rounds=all")[2])
    assert scripting.execute_script(largest) < everything / 2
    # Missed rounds are fetched with all others.
    add_rounds(site, path, 48, 80)
    go_on(site, path, 81, scripting)
    assert scripting.execute_script(NUMBERS) == list(range(1, 82))
    assert scripting.find_elements(By.CSS_SELECTOR, ".round .load") == []


def test_closing_every_round_leaves_the_focus_where_it_can_be_seen(
    scripting: Browser, site: LocalRun, path: str
) -> None:
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see("#open-all").click()
    scripting.see("#round-481 .message", "Round 481, seat 1")
    scripting.execute_script("""
        document.querySelector("#round-481 .message a").focus();
        document.querySelector("#open-all").click();
    """)
    eventually(lambda: not scripting.find_elements(By.CSS_SELECTOR, "#round-481 [open]"))
    # After the next frame a browser takes the focus from what cannot be seen.
    scripting.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")
    focused = "return [document.activeElement.localName, document.activeElement.closest('.round')?.id]"
    assert scripting.execute_script(focused) == ["summary", "round-481"]


def test_a_round_that_left_the_page_keeps_its_name(scripting: Browser, site: LocalRun, path: str) -> None:
    scripting.get(site.url + path)
    scripting.follows()
    scroll(scripting, -900, 60)
    gone = eventually(lambda: scripting.execute_script("return document.querySelector('.round:empty')?.id"))

    def names() -> list[str]:
        tree = scripting.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return [node["name"]["value"] for node in tree if node.get("role", {}).get("value") == "region"]

    label = f"Round {gone.removeprefix('round-')}"
    assert label in names()
    scripting.execute_script("document.getElementById(arguments[0]).scrollIntoView()", gone)
    scripting.see(f"#{gone} h2", label)
    assert scripting.execute_script("return document.getElementById(arguments[0]).ariaLabel", gone) is None
    assert names().count(label) == 1


def test_a_link_to_a_message_works_on_the_page_that_a_refused_form_shows(
    scripting: Browser, site: LocalRun, path: str
) -> None:
    scripting.get(site.url + path)
    scripting.follows()
    # As the browser sends it where the script did not take it.
    scripting.execute_script("document.querySelector('#input').value = ' '; document.querySelector('#remark').submit()")
    scripting.see("#problem")
    assert scripting.current_url == f"{site.url}{path}/input"
    scripting.follows()
    for round in (490, 37):
        name = message(path, round, 3)
        scripting.execute_script("location.hash = arguments[0]", name)
        scripting.see(f"#{name}:target", f"Round {round}, seat 3")


def test_all_rounds_on_one_page_hold_every_word(browser: Browser, site: LocalRun, path: str) -> None:
    browser.get(f"{site.url}{path}?rounds=all")
    browser.see("#round-500")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".round details[open]")) == ROUNDS
    text = site.get(f"{path}?rounds=all")[2].decode()
    assert all(f"Round {number}, seat 2: the" in text for number in range(2, ROUNDS + 1))
    if browser.javascript:
        browser.follows()
        found = "return document.querySelector('#round-250 .message').textContent.includes('Round 250, seat 1')"
        assert browser.execute_script(found)


def test_with_a_script_that_fails_every_round_is_reached(broken: Browser, site: LocalRun, path: str) -> None:
    broken.get(site.url + path)
    broken.see("#round-497 summary").click()
    broken.see("#round-497 a", "Read round 497").click()
    broken.see(".message", "Round 497, seat 3")
    broken.get(site.url + path)
    broken.see("#earlier a").click()
    broken.see("#round-480 summary").click()
    broken.see("#round-480 a", "Read round 480").click()
    broken.see(".message", "Round 480, seat 3")


WIDE = "\n\n".join([
    "| " + " | ".join(f"column {n}" for n in range(20)) + " |\n|" + "-|" * 20 + "\n| " + " | ".join(["a cell"] * 20) + " |",
    "```\n" + "x" * 400 + "\n```",
    "a" * 300,
    "مرحبا بكم في المكتبة، " * 40,
])


def test_nothing_is_wider_than_the_window_whatever_is_said(
    browser: Browser, site: LocalRun, provider: ScriptedProvider
) -> None:
    provider.release.set()
    hard = WIDE + "\n\n" + "All of this is said at length. " * 2_000
    assert len(hard) > 60_000
    topic = ("طويل " + "t" * 90 + " ") * 52
    path = long_discussion(site, 45, topic[:5_000], lambda round, seat: hard if round == 45 else WIDE + speech(round, seat))
    for address in (path, f"{path}?before=26", f"{path}?round=7", f"{path}/rounds/45"):
        browser.get(site.url + address)
        browser.see(".round .message, .round .gist")
        for width, mobile in ((320, True), (1100, False)):
            browser.look(width, 740, scale=2, mobile=mobile)
            metrics = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})
            wide = metrics["cssContentSize"]["width"] - metrics["cssLayoutViewport"]["clientWidth"]
            assert wide <= 0, f"{address} at {width} px is {wide} px too wide"


def test_somebody_who_asked_for_less_motion_gets_none(scripting: Browser, site: LocalRun, path: str) -> None:
    reduced = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    scripting.execute_cdp_cmd("Emulation.setEmulatedMedia", reduced)
    scripting.get(site.url + path)
    scripting.follows()
    scripting.see("#open-all").click()
    press(scripting, "Send the remark and go on")
    scripting.see(".toast")
    assert scripting.execute_script("return document.getAnimations().length") == 0
    behaviour = "return getComputedStyle(document.documentElement).scrollBehavior"
    assert scripting.execute_script(behaviour) == "auto"
