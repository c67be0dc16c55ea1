"""A scripted provider in a process of its own: the threads of clients must not hold up what it says."""

import contextlib
import multiprocessing
import threading
from collections.abc import Callable, Iterable, Iterator

from scripted_provider import ScriptedProvider


class Elsewhere:
    """A provider that is known by its address only."""

    def __init__(self, url: str) -> None:
        self.url = url


@contextlib.contextmanager
def speaking(says: Callable[[dict], Iterable[str]]) -> Iterator[Elsewhere]:
    url: multiprocessing.Queue = multiprocessing.Queue()

    def speak() -> None:
        provider = ScriptedProvider()
        provider.says = says
        url.put(provider.url)
        # Until its parent ends it.
        threading.Event().wait()

    process = multiprocessing.Process(target=speak, daemon=True)
    process.start()
    try:
        yield Elsewhere(url.get(timeout=20))
    finally:
        process.terminate()
        process.join(10)
