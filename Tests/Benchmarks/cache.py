"""A page view with a warm cache against one without any: how much sooner does the page come?

    make bench

Two sites side by side, with the same discussions of 20 and of 100 rounds, messages of the usual length; one has
its memcached, the other none. They are asked in turns, one request at a time over a kept connection through nginx,
each page once before it counts, so that both are warm in every other way. The times are those of the whole answer;
the ratio is that of the medians. Statements and trips are counted by tests (Tests/Site/CachedPagesTests.swift).
"""

import http.client
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests/Integration")]

from local_run import BINARY, LocalRun  # noqa: E402
from long_discussion import long_discussion  # noqa: E402
from scripted_provider import ScriptedProvider  # noqa: E402

TURNS = 300
JSON = {"Accept": "application/json"}


def without_cache(provider: ScriptedProvider) -> LocalRun:
    """A run whose responder is told of no memcached."""
    run = LocalRun(provider.url)
    wrapper = run.var / "parley"
    wrapper.write_text(f'#!/bin/sh\nMEMCACHED_SERVERS= exec "{BINARY}" "$@"\n')
    wrapper.chmod(0o755)
    run.environment["PARLEY_BINARY"] = str(wrapper)
    return run


def timed(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> float:
    begin = time.perf_counter()
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    assert response.status == 200, f"{path}: {response.status}"
    return (time.perf_counter() - begin) * 1000


def spread(figures: list[float]) -> str:
    ordered = sorted(figures)
    return f"{statistics.median(ordered):.2f} ms ({ordered[len(ordered) // 10]:.2f} to {ordered[-len(ordered) // 10]:.2f})"


def main() -> None:
    provider = ScriptedProvider()
    runs = [LocalRun(provider.url), without_cache(provider)]
    try:
        connections = []
        discussions = []
        for run in runs:
            run.started()
            connections.append(http.client.HTTPConnection("127.0.0.1", run.http_port, timeout=30))
            discussions.append({rounds: long_discussion(run, rounds) for rounds in (20, 100)})
        print("| page | warm cache | none | ratio |\n| --- | --- | --- | --- |")
        for name, rounds, query, headers in [
            ("20 rounds, the newest open", 20, "", {}),
            ("20 rounds, all open", 20, "?rounds=all", {}),
            ("20 rounds, JSON", 20, "", JSON),
            ("20 rounds, export.md", 20, "/export.md", {}),
            ("100 rounds, the newest open", 100, "", {}),
            ("100 rounds, all open", 100, "?rounds=all", {}),
        ]:
            times: tuple[list[float], list[float]] = ([], [])
            for turn in range(TURNS + 3):
                for side in (0, 1):
                    figure = timed(connections[side], discussions[side][rounds] + query, headers)
                    if turn >= 3:
                        times[side].append(figure)
            ratio = statistics.median(times[1]) / statistics.median(times[0])
            print(f"| {name} | {spread(times[0])} | {spread(times[1])} | {ratio:.2f} |", flush=True)
        metrics = runs[0].get("/metrics")[2].decode() if runs[0].get("/metrics")[0] == 200 else ""
        hits = [line for line in metrics.splitlines() if line.startswith(("parley_cache_hits", "parley_cache_misses"))]
        print("\n" + "\n".join(hits))
    finally:
        for run in runs:
            run.stop()
        provider.close()


if __name__ == "__main__":
    main()
