"""Uploads: what do twenty of them at once cost everybody else?

    make bench

PARLEY_BENCH_UPLOADS=20 says how many, PARLEY_BENCH_FILE_MB=8 how large each of their three files is.

Asks /health again and again, alone and then while 20 clients each send 24 MB at once, and tells the median, the 99th
percentile and the slowest of each; then the responder's memory at its highest, and how long an upload took.
"""

import http.client
import multiprocessing
import os
import pathlib
import re
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Integration"))

from local_run import LocalRun, eventually  # noqa: E402
from scripted_provider import ScriptedProvider  # noqa: E402
from uploading import BOUNDARY, multipart, start  # noqa: E402

CLIENTS = int(os.environ.get("PARLEY_BENCH_UPLOADS", 20))
FILE_MB = int(os.environ.get("PARLEY_BENCH_FILE_MB", 8))
MB = 1 << 20


def watch(port: int, until: Event, answer: Connection) -> None:
    """How long each look at /health took, in milliseconds; in a process of its own, beside the senders'."""
    figures = []
    while not until.is_set():
        begin = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()
        figures.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.01)
    answer.send(figures)


class Watch:
    """Looks from the beginning of a block to its end."""

    def __init__(self, run: LocalRun) -> None:
        self.over = multiprocessing.Event()
        self.here, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=watch, args=(run.http_port, self.over, there))

    def __enter__(self) -> "Watch":
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.figures = self.here.recv()
        self.process.join()


def upload(run: LocalRun, path: str, body: bytes) -> int:
    return run.request(
        "POST", f"{path}/files", body, Accept="application/json",
        Content_Type=f"multipart/form-data; boundary={BOUNDARY}", Idempotency_Key="bench" + path[-26:],
    )[0]


def words(figures: list[float]) -> str:
    ordered = sorted(figures)
    return (
        f"{len(ordered):6} {statistics.median(ordered):9.1f} {ordered[int(len(ordered) * 0.99)]:9.1f} {ordered[-1]:9.1f}"
    )


def memory(pid: int, field: str) -> int:
    return int(re.search(rf"{field}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) >> 10


def main() -> None:
    provider = ScriptedProvider()
    run = LocalRun(provider.url)
    run.environment["ENABLE_VIRUS_SCAN"] = "false"
    try:
        run.started()
        paths = [start(run) for _ in range(CLIENTS)]
        for path in paths:
            eventually(lambda: run.discussion(path)["waitingForAction"], 60)
        body = multipart([("files", f"{n}.txt", b"words and words\n" * (FILE_MB * MB // 16)) for n in range(3)])
        pid = run.part("parley serve")
        before = memory(pid, "VmRSS")
        with Watch(run) as quiet:
            time.sleep(3)
        with Watch(run) as busy, ThreadPoolExecutor(CLIENTS) as pool:
            begin = time.perf_counter()
            statuses = set(pool.map(lambda path: upload(run, path, body), paths))
            took = time.perf_counter() - begin
        assert statuses == {200}, statuses
        print(f"\n{CLIENTS} uploads of {3 * FILE_MB} MB at once: {took:.1f} s, {CLIENTS * 3 * FILE_MB / took:.0f} MB/s")
        print("/health, ms         looks    median       p99   slowest")
        print(f"  alone           {words(quiet.figures)}")
        print(f"  beside uploads  {words(busy.figures)}")
        print(f"responder: {before} MB before, {memory(pid, 'VmHWM')} MB at its highest\n")
    finally:
        run.stop()
        provider.close()


if __name__ == "__main__":
    main()
