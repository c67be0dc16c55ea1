"""Looks at a page again and again, in a process of its own, while something else goes on."""

import http.client
import multiprocessing
import statistics
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from harness import Column, quantile

LOOKS = [
    Column("looks", "looks"), Column("p50", "median", "ms", 1), Column("p95", "p95", "ms", 1),
    Column("p99", "p99", "ms", 1), Column("worst", "slowest", "ms", 1),
]


def look(port: int, paths: list[str], until: Event, answer: Connection) -> None:
    figures = []
    while not until.is_set():
        begin = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", paths[len(figures) % len(paths)])
        response = connection.getresponse()
        response.read()
        assert response.status == 200, f"{response.status}"
        connection.close()
        figures.append((time.perf_counter() - begin) * 1000)
        # As people look, not as load does.
        time.sleep(0.01)
    answer.send(figures)


class Watch:
    """Looks from the beginning of a block to its end, at one path after the other."""

    def __init__(self, port: int, *paths: str) -> None:
        self.over = multiprocessing.Event()
        self.here, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=look, args=(port, list(paths), self.over, there), daemon=True)
        self.milliseconds: list[float] = []

    def __enter__(self) -> "Watch":
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        # Nobody sends if a look has failed: its reason is on the terminal.
        assert self.here.poll(90), "the watch has found nothing"
        self.milliseconds = self.here.recv()
        self.process.join()

    def figures(self) -> dict[str, float]:
        seen = self.milliseconds
        return {
            "looks": len(seen), "p50": statistics.median(seen), "p95": quantile(seen, 0.95),
            "p99": quantile(seen, 0.99), "worst": max(seen),
        }
