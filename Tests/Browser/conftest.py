from collections.abc import Callable, Iterator

import pytest

from browser import Browser
from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider, in_two_halves
from survey import Finding, survey


@pytest.fixture(scope="session")
def scripted() -> Iterator[ScriptedProvider]:
    provider = ScriptedProvider()
    yield provider
    provider.close()


@pytest.fixture(scope="session")
def site(scripted: ScriptedProvider) -> Iterator[LocalRun]:
    run = LocalRun(scripted.url)
    try:
        yield run.started()
    finally:
        run.stop()


@pytest.fixture(scope="session")
def findings() -> dict[str, Finding]:
    """What was seen of every page and state, by the scene's name and the way it was looked at."""
    return survey()


@pytest.fixture
def provider(scripted: ScriptedProvider, site: LocalRun) -> Iterator[ScriptedProvider]:
    """The model, which begins to speak and says no more until a test sets `release`."""
    scripted.release.clear()
    yield scripted
    scripted.says = in_two_halves
    scripted.release.set()
    # The next test holds its voices again: what still spoke would take its place at the table.
    eventually(
        lambda: all(d["status"] != "running" for d in site.discussion("/")["discussions"]), 60, "all has been said"
    )


@pytest.fixture(scope="session")
def chromiums() -> Iterator[Callable[[bool], Browser]]:
    """A browser with JavaScript and one without, each started when it is first asked for."""
    open_ones: dict[bool, Browser] = {}

    def chromium(javascript: bool) -> Browser:
        if javascript not in open_ones:
            open_ones[javascript] = Browser(javascript)
        return open_ones[javascript]

    yield chromium
    for browser in open_ones.values():
        browser.quit()


def at_a_desk(browser: Browser) -> Iterator[Browser]:
    browser.look_like_a_desk()
    yield browser
    # What was typed and not sent is kept for the same tab: not for the next test.
    browser.quietly(lambda: browser.execute_script("sessionStorage.clear()"))
    # Leaves the page, so that no frame of it goes on streaming into the next test.
    browser.get("about:blank")
    browser.delete_all_cookies()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def browser(request: pytest.FixtureRequest, chromiums: Callable[[bool], Browser]) -> Iterator[Browser]:
    yield from at_a_desk(chromiums(request.param))


@pytest.fixture
def scripting(chromiums: Callable[[bool], Browser]) -> Iterator[Browser]:
    """A browser with JavaScript."""
    yield from at_a_desk(chromiums(True))


@pytest.fixture
def plain(chromiums: Callable[[bool], Browser]) -> Iterator[Browser]:
    """A browser without JavaScript."""
    yield from at_a_desk(chromiums(False))


@pytest.fixture(params=["blocked", "throwing"])
def broken(scripting: Browser, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A browser in which parley.js is not there, or fails at its start."""
    source = (
        "Object.defineProperty(window, 'crypto', {get() { throw 'broken' }});"
        "document.addEventListener = () => { throw 'broken' };"
    )
    scripting.execute_cdp_cmd("Network.enable", {})
    scripting.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*parley.js*"] if request.param == "blocked" else []})
    added = scripting.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": source if request.param == "throwing" else ""}
    )
    yield scripting
    scripting.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    scripting.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    scripting.execute_cdp_cmd("Network.disable", {})
