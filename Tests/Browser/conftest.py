from collections.abc import Iterator

import pytest

from browser import Browser
from local_run import LocalRun
from scripted_provider import ScriptedProvider, in_two_halves


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


@pytest.fixture
def provider(scripted: ScriptedProvider) -> Iterator[ScriptedProvider]:
    """The model, which begins to speak and says no more until a test sets `release`."""
    scripted.release.clear()
    yield scripted
    scripted.says = in_two_halves
    scripted.release.set()


@pytest.fixture(scope="session", params=[True, False], ids=["with JavaScript", "without JavaScript"])
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    browser = Browser(javascript=request.param)
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    chromium.look_like_a_desk()
    yield chromium
    # Leaves the page, so that no frame of it goes on streaming into the next test.
    chromium.get("about:blank")
