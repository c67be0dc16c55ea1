"""Tokens: how long after a provider has sent one does a long-poll client have it?

    make bench

A scripted provider speaks in 20 discussions at once, 20 tokens a second each, and writes into every token
the instant at which it sends it. A client a discussion follows by long-poll; beside them, in the same run,
20 clients read the provider's own stream, which is the least that is possible here. Coalescing into at most
ten events a second costs up to 100 ms by itself.
"""

import http.client
import json
import pathlib
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterable

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Integration"))

from local_run import LocalRun, eventually  # noqa: E402
from scripted_provider import ScriptedProvider  # noqa: E402

DISCUSSIONS = 20
TOKENS = 100
PAUSE = 0.05
# The target, for the 99th of a hundred tokens.
TARGET_MS = 150


def stamped(request: dict) -> Iterable[str]:
    if "response_format" in request:
        yield json.dumps({"resolved": False, "conclusion": "", "agree": [], "dissent": [], "open_questions": []})
        return
    for _ in range(TOKENS):
        time.sleep(PAUSE)
        yield f"{time.monotonic_ns()} "


class Delays:
    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.lock = threading.Lock()

    def heard(self, text: str) -> None:
        now = time.monotonic_ns()
        figures = [(now - int(stamp)) / 1e6 for stamp in text.split()]
        with self.lock:
            self.milliseconds += figures

    def row(self, name: str) -> str:
        figures = sorted(self.milliseconds)
        at = lambda share: figures[min(len(figures) - 1, int(len(figures) * share))]  # noqa: E731
        return f"| {name} | {len(figures)} | {at(0.5):.0f} ms | {at(0.95):.0f} ms | {at(0.99):.0f} ms | {figures[-1]:.0f} ms |"


def follow(run: LocalRun, path: str, delays: Delays) -> None:
    """One round, by long-poll over one kept connection."""
    connection = http.client.HTTPConnection("127.0.0.1", run.http_port, timeout=60)
    cursor = 0
    while True:
        connection.request("GET", f"{path}/events?after={cursor}")
        answer = json.loads(connection.getresponse().read())
        cursor = answer["cursor"]
        for event in answer["events"]:
            if event["type"] == "message-chunk":
                delays.heard(event["data"]["text"])
            if event["type"] == "round-complete":
                connection.close()
                return


def read_stream(provider: ScriptedProvider, delays: Delays) -> None:
    """The provider's own stream."""
    address = urllib.parse.urlsplit(provider.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    for _ in range(3):
        body = json.dumps({"model": "scripted-1", "stream": True, "messages": []})
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        for line in connection.getresponse():
            if line.startswith(b'data: {"object"'):
                delta = json.loads(line[6:])["choices"][0]["delta"]
                if text := delta.get("content"):
                    delays.heard(text)


def together(actions: list) -> None:
    threads = [threading.Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
        assert not thread.is_alive(), "it does not come to its end"


def main() -> None:
    provider = ScriptedProvider()
    provider.says = stamped
    run = LocalRun(provider.url)
    run.environment |= {
        "MAX_RUNNING_ROUNDS": str(DISCUSSIONS), "LLM_CONCURRENCY_LOCAL": str(DISCUSSIONS),
        "POLLS_PER_PERSON": str(2 * DISCUSSIONS),
    }
    polled, direct = Delays(), Delays()
    try:
        run.started()
        together([lambda: read_stream(provider, direct)] * DISCUSSIONS)
        paths = [run.start_discussion(f"Discussion {number}?") for number in range(DISCUSSIONS)]
        together([lambda path=path: follow(run, path, polled) for path in paths])
        eventually(lambda: all(run.discussion(path)["status"] == "waiting" for path in paths), 60)
    finally:
        run.stop()
        provider.close()
    print(f"{DISCUSSIONS} discussions at once, {1 / PAUSE:.0f} tokens a second each; from the provider's send:")
    print("| read by | tokens | p50 | p95 | p99 | worst |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(direct.row("the provider's own stream"))
    print(polled.row("long-poll, through Parley"))
    worst = sorted(polled.milliseconds)[int(len(polled.milliseconds) * 0.99)]
    print(f"Target: p99 of at most {TARGET_MS} ms through Parley: {'met' if worst <= TARGET_MS else 'missed'}.")


if __name__ == "__main__":
    main()
