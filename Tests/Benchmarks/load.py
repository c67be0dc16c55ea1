"""Load on a site: wrk, and single requests by a client that does nothing else."""

import dataclasses
import http.client
import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable

SCRIPTS = pathlib.Path(__file__).resolve().parent / "load"
THREADS = 2


@dataclasses.dataclass(frozen=True)
class Load:
    """What wrk saw; times in milliseconds."""

    requests: int
    per_second: float
    p50: float
    p95: float
    p99: float

    def figures(self, *keys: str) -> dict[str, float]:
        return {key: getattr(self, key) for key in keys}


def wrk(url: str, connections: int, seconds: int, *arguments: str, script: str = "report.lua") -> Load:
    """Keeps so many connections busy; any answer that is no 2xx, and any broken connection, is a failure."""
    threads = min(THREADS, connections)
    done = subprocess.run(
        ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", SCRIPTS / script, url,
         "--", *arguments],
        capture_output=True, text=True, cwd=SCRIPTS, timeout=seconds + 60,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    found = json.loads(done.stdout.rpartition("REPORT ")[2])
    assert found["failed"] == 0, f"{found['failed']} of {found['requests']} requests failed; {url} says: {says(url)}"
    assert found["requests"] > 0, f"nobody answered: {url}"
    return Load(
        found["requests"], found["requests"] / found["seconds"], found["p50"], found["p95"], found["p99"],
    )


def body_of(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def says(url: str) -> str:
    """The beginning of an answer, for whoever has to find out what is wrong."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return f"{answer.status} {answer.read(500)!r}"
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(500)!r}"
    except OSError as error:
        return str(error)


def milliseconds(
    port: int, paths: list[str], times: int, before: Callable[[], None] = lambda: None,
    headers: dict[str, str] | None = None,
) -> list[float]:
    """How long one request after another takes over a kept connection, with `before` done before each.

    The paths take turns.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    figures = []
    try:
        for number in range(times + 1):
            path = paths[number % len(paths)]
            before()
            start = time.perf_counter()
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            response.read()
            took = (time.perf_counter() - start) * 1000
            assert response.status == 200, f"{response.status} at {path}"
            # The first opens the connection, and is not counted.
            if number:
                figures.append(took)
    finally:
        connection.close()
    return figures
