"""Token relay: how long after a provider has sent a token does a long-poll client have it?

A scripted provider, a process of its own, speaks in 1, 20 and 100 discussions at once, 20 tokens a second each, and
writes into every token the instant at which it sends it. A client a discussion follows by long-poll; before them the
same clients read the provider's own stream, which is the least that is possible here. Coalescing into at most ten
events a second costs up to 100 ms by itself.
"""

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable

from disk import synced
from harness import Bench, Column, Table, quantile
from local_run import LocalRun, eventually
from site_under_test import Site
from speaking import speaking

DISCUSSIONS = (1, 20, 100)
TOKENS, PAUSE = 100, 0.05
SEATS = 3
# Of the 99th of a hundred tokens, at 20 discussions.
TARGET_MS = 150
COLUMNS = [Column("tokens", "tokens")] + [Column(key, key, "ms") for key in ("p50", "p95", "p99", "worst")]


def stamped(tokens: int) -> Callable[[dict], Iterable[str]]:
    def says(request: dict) -> Iterable[str]:
        if "response_format" in request:
            yield json.dumps({"resolved": False, "conclusion": "", "agree": [], "dissent": [], "open_questions": []})
            return
        for _ in range(tokens):
            time.sleep(PAUSE)
            yield f"{time.monotonic_ns()} "
    return says


class Delays:
    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.lock = threading.Lock()

    def heard(self, text: str) -> None:
        now = time.monotonic_ns()
        figures = [(now - int(stamp)) / 1e6 for stamp in text.split()]
        with self.lock:
            self.milliseconds += figures

    def figures(self, expected: int) -> dict[str, float]:
        heard = self.milliseconds
        assert len(heard) == expected, f"{len(heard)} of {expected} tokens came"
        return {
            "tokens": len(heard), "p50": quantile(heard, 0.5), "p95": quantile(heard, 0.95),
            "p99": quantile(heard, 0.99), "worst": max(heard),
        }


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


def read_stream(url: str, delays: Delays) -> None:
    """The provider's own stream, as often as a round has seats."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    for _ in range(SEATS):
        body = json.dumps({"model": "scripted-1", "stream": True, "messages": []})
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        for line in connection.getresponse():
            if line.startswith(b'data: {"object"'):
                delta = json.loads(line[6:])["choices"][0]["delta"]
                if text := delta.get("content"):
                    delays.heard(text)
    connection.close()


def together(actions: list) -> None:
    threads = [threading.Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
        assert not thread.is_alive(), "it does not come to its end"


def run(bench: Bench) -> None:
    tokens = bench.count(TOKENS, 5)
    for count in [2] if bench.smoke else DISCUSSIONS:
        table = Table(
            f"From the provider's send, {count} discussion{'s' * (count > 1)}, {1 / PAUSE:.0f} tokens a second each",
            "read by", COLUMNS,
        )
        for _ in range(min(bench.rounds, 3)):
            relay(count, tokens, table)
        # Each of a message's ten events a second is a transaction of its own.
        table.remarks.append(f"This disk syncs {len(synced(1)):,} times a second.")
        if count == 20:
            table.target("long-poll, through Parley", "p99", TARGET_MS, f"p99 of at most {TARGET_MS} ms")
        bench.show(table)


def relay(count: int, tokens: int, table: Table) -> None:
    settings = {"MAX_RUNNING_ROUNDS": str(count), "LLM_CONCURRENCY_LOCAL": str(count)}
    with speaking(stamped(tokens)) as provider, Site(provider=provider, **settings) as site:
        polled, direct = Delays(), Delays()
        together([lambda: read_stream(provider.url, direct)] * count)
        paths = [site.start_discussion(f"Discussion {number}?") for number in range(count)]
        together([lambda path=path: follow(site, path, polled) for path in paths])
        eventually(lambda: all(site.discussion(path)["status"] == "waiting" for path in paths), 60)
    table.note("the provider's own stream", **direct.figures(count * tokens * SEATS))
    table.note("long-poll, through Parley", **polled.figures(count * tokens * SEATS))
