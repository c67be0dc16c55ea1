"""Instructions of the hot paths, counted exactly enough to see a change of 2 % on a machine that is never quiet.

    make bench-check                 counts, and says what moved against Tests/Benchmarks/baseline.json
    tools/bench --check --write      makes what was counted the baseline

The responder runs under callgrind; nginx and memcached do not. What N requests take above N/2 is divided by N/2, so
that what comes once does not count, and what the process uses while nobody asks is taken off by the time that passed.
Each path is counted three times, the median stands. Paths: hello (the transport alone), a discussion's page of 20
rounds from a warm cache, and a poll that finds one event.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

from harness import KEPT, SCRATCH, said
from local_run import BINARY, ROOT, eventually
from peers.nginx import PeerNginx, fastcgi
from peers.processes import Peer, missing
from site_under_test import Site

BASELINE = ROOT / "Tests/Benchmarks/baseline.json"
SIGSUSPEND = ROOT / "Tests/Benchmarks/callgrind/sigsuspend.c"
# Percent; above it a path has moved.
MOVED = 2.0
TIMES = 3
HELLO = pathlib.Path(os.environ.get("PARLEY_HELLO", BINARY.parent / "parley-hello")).resolve()


class Callgrind:
    """A program that counts its instructions."""

    def __init__(self, place: pathlib.Path) -> None:
        self.place = place
        self.dumps = 0

    def command(self, program: pathlib.Path, *arguments: object) -> list[str]:
        # Fair: one of its threads at a time runs, and none may wait for ever.
        stripped = self.place / pathlib.Path(program).name
        # Debian's valgrind cannot read the debug information that Swift writes, and gives up over it.
        subprocess.run(["strip", "--strip-debug", "-o", stripped, program], check=True)
        preloaded = self.place / "sigsuspend.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", preloaded, SIGSUSPEND], check=True)
        return [
            "env", f"LD_PRELOAD={preloaded}", "valgrind", "--tool=callgrind", "--quiet", "--fair-sched=yes",
            f"--callgrind-out-file={self.place}/callgrind", str(stripped), *map(str, arguments),
        ]

    def count(self, pid: int) -> int:
        """Instructions since the last count."""
        subprocess.run(["callgrind_control", "-d", str(pid)], check=True, capture_output=True, timeout=60)
        self.dumps += 1
        file = self.place / f"callgrind.{self.dumps}"
        total = eventually(lambda: self.total(file), 30, "callgrind's dump")
        file.unlink()
        return total

    @staticmethod
    def total(file: pathlib.Path) -> int | None:
        # The last line, once all is written.
        found = re.search(r"^totals: (\d+)$", file.read_text() if file.exists() else "", re.MULTILINE)
        return int(found[1]) if found else None


class CountedSite(Site):
    """A site whose responder is counted."""

    def start_responder(self) -> None:
        self.callgrind = Callgrind(self.var)
        with open(self.var / "log/parley.log", "a") as log:
            self.responder = subprocess.Popen(
                self.callgrind.command(BINARY, "serve"), cwd=self.var, env=self.environment, stdin=self.socket,
                stdout=log, stderr=log,
            )


class CountedHello(Peer):
    def __init__(self) -> None:
        super().__init__("hello")
        self.socket = self.place / "hello.sock"
        self.callgrind = Callgrind(self.place)
        self.start(self.callgrind.command(HELLO, self.socket), self.socket.exists)


def ask(port: int, path: str, times: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for _ in range(times):
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, body[:300]
    connection.close()


def per_request(callgrind: Callgrind, pid: int, port: int, path: str, times: int) -> list[float]:
    """Instructions of one request, counted several times."""
    ask(port, path, times // 2)
    callgrind.count(pid)
    begin = time.monotonic()
    time.sleep(3)
    idle = callgrind.count(pid) / (time.monotonic() - begin)
    figures = []
    for _ in range(TIMES):
        counted = []
        for share in (times // 2, times):
            begin = time.monotonic()
            ask(port, path, share)
            counted.append(callgrind.count(pid) - idle * (time.monotonic() - begin))
        figures.append((counted[1] - counted[0]) / (times - times // 2))
    return figures


def hello(times: int) -> dict[str, list[float]]:
    if not HELLO.exists():
        print(f"hello is left out: {HELLO} is not built (PARLEY_BENCH=1 swift build --product parley-hello).")
        return {}
    with CountedHello() as peer:
        upstream, location = fastcgi("hello", "= /hello", peer.socket, True)
        with PeerNginx(location, upstream) as nginx:
            return {"hello": per_request(peer.callgrind, peer.process.pid, nginx.port, "/hello", times * 5)}


def site_paths(times: int) -> dict[str, list[float]]:
    with CountedSite(cached=True) as site:
        path = site.long_discussion(20)
        cursor = site.discussion(path)["cursor"]
        one = f"{path}/events?after={cursor - 1}&wait=0"
        assert len(json.loads(site.get(one)[2])["events"]) == 1
        paths = {"page, warm": (path, times), "poll, one event": (one, times * 5)}
        return {
            name: per_request(site.callgrind, site.responder.pid, site.http_port, place, count)
            for name, (place, count) in paths.items()
        }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools/bench --check", description="Instructions of the hot paths.")
    parser.add_argument("--write", action="store_true", help="make what is counted the baseline")
    parser.add_argument("--requests", type=int, default=200, help="N of the page; five times as many of the others")
    asked = parser.parse_args(arguments)
    if lacking := missing("valgrind", "strip", "cc", "nginx", "memcached"):
        print(f"{', '.join(lacking)} is missing: tools/deps bench", file=sys.stderr)
        return 1
    SCRATCH.mkdir(parents=True, exist_ok=True)
    counted = hello(asked.requests) | site_paths(asked.requests)
    found = {name: round(statistics.median(figures)) for name, figures in counted.items()}
    build = "debug" if "/debug/" in str(BINARY) else "release"
    commit = said("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    kept = {"build": build, "commit": commit, "instructions": found}
    (KEPT / "instructions.json").write_text(json.dumps(kept, indent=1) + "\n")
    before = json.loads(BASELINE.read_text()) if BASELINE.exists() else None
    tell(counted, before, build)
    if asked.write:
        if build == "debug":
            print("A debug build is no baseline: nothing is written.", file=sys.stderr)
            return 1
        BASELINE.write_text(json.dumps(kept, indent=1) + "\n")
        print(f"Written: {BASELINE.relative_to(ROOT)}")
        return 0
    return 1 if slower(found, before, build) else 0


def slower(found: dict[str, int], before: dict | None, build: str) -> list[str]:
    """The paths that take more than they may."""
    if before is None or before["build"] != build:
        return []
    base = before["instructions"]
    return [name for name, figure in found.items() if name in base and figure > base[name] * (1 + MOVED / 100)]


def tell(counted: dict[str, list[float]], before: dict | None, build: str) -> None:
    base = before["instructions"] if before and before["build"] == build else {}
    print(f"\nInstructions of one request, {build} build\n\n| path | median (lowest to highest) | baseline | moved |")
    print("| --- | --- | --- | --- |")
    for name, figures in counted.items():
        middle = statistics.median(figures)
        spread = f"{middle:,.0f} ({min(figures):,.0f} to {max(figures):,.0f})"
        change = (middle / base[name] - 1) * 100 if name in base else 0
        words = "" if name not in base else f"{change:+.1f} %" + (" **moved**" if abs(change) > MOVED else "")
        print(f"| {name} | {spread} | {base.get(name, ''):{',' if name in base else ''}} | {words} |")
    if before is None:
        print("\nThere is no baseline yet: `tools/bench --check --write` on a release build makes it.")
    elif not base:
        print(f"\nThe baseline is of a {before['build']} build: nothing is compared.")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
