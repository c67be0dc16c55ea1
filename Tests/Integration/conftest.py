import os
from collections.abc import Iterator

import pytest

from local_run import BINARY, LocalRun
from scripted_provider import ScriptedProvider, in_two_halves


def pytest_sessionstart() -> None:
    assert os.access(BINARY, os.X_OK), f"{BINARY} is not there: build first (`swift build`), or name one by PARLEY_BINARY"


@pytest.fixture(scope="session")
def provider() -> Iterator[ScriptedProvider]:
    provider = ScriptedProvider()
    yield provider
    provider.close()


@pytest.fixture(autouse=True)
def as_it_was(provider: ScriptedProvider) -> Iterator[None]:
    """What one test has the model say is not what the next one hears."""
    yield
    provider.says = in_two_halves
    provider.failures.clear()
    provider.model_name = ""
    provider.release.set()


@pytest.fixture(scope="module")
def site(provider: ScriptedProvider) -> Iterator[LocalRun]:
    """A run that tests only look at."""
    run = LocalRun(provider.url)
    try:
        yield run.started()
    finally:
        run.stop()


@pytest.fixture
def run(provider: ScriptedProvider) -> Iterator[LocalRun]:
    """A run of the test's own, not started yet."""
    run = LocalRun(provider.url)
    yield run
    run.stop()
