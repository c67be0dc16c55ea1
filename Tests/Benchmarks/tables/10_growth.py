"""Growth: does a discussion of 200 rounds cost more than one of two?

    make bench

Runs a discussion against a scripted provider that answers at once, and measures, in the same run, the same
actions at rounds 2, 10, 50, 100 and 200: the acknowledgement of a command, the page, one round, an empty poll, and the
longest prompt so far. Medians with minimum and maximum of 15 tries; ratios against round 2 say what grows.
"""

import json
import pathlib
import statistics
import sys
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Integration"))

from local_run import LocalRun, eventually  # noqa: E402
from scripted_provider import ScriptedProvider  # noqa: E402

ROUNDS = (2, 10, 50, 100, 200)
TRIES = 15


def milliseconds(action) -> tuple[float, float, float]:
    figures = []
    for _ in range(TRIES):
        start = time.perf_counter()
        action()
        figures.append((time.perf_counter() - start) * 1000)
    return statistics.median(figures), min(figures), max(figures)


def post(run: LocalRun, path: str, body: dict) -> None:
    status, _, answer = run.request(
        "POST", path, json.dumps(body).encode(), Accept="application/json", Content_Type="application/json",
        Idempotency_Key=str(uuid.uuid4()),
    )
    assert status == 200, answer


def main() -> None:
    provider = ScriptedProvider()
    # Of the length that personas are asked for, so that the limit on prompts is reached on the way.
    provider.says = lambda request: ["A paragraph of the usual length says this and that. " * 14]
    run = LocalRun(provider.url)
    run.environment |= {"MAX_TURNS": "1000"}
    rows = []
    try:
        run.started()
        path = run.start_discussion("What grows with every round?")
        for number in range(1, max(ROUNDS) + 1):
            if number > 1:
                post(run, f"{path}/proceed", {})
            eventually(lambda: waits(run, path, number), 60)
            if number in ROUNDS:
                cursor = run.discussion(path)["cursor"]
                latest = f"{path}/events?after={cursor}&wait=0"
                rows.append((
                    number,
                    milliseconds(lambda: run.get(latest)),
                    milliseconds(lambda: run.get(path)),
                    milliseconds(lambda: run.get(f"{path}/rounds/{number}")),
                    milliseconds(lambda: post(run, f"{path}/input", {"input": "Noted.", "proceed": False})),
                    len(run.get(path)[2]),
                    longest_prompt(provider),
                ))
    finally:
        run.stop()
        provider.close()
    print("| round | poll, nothing new | page | one round | command acknowledged | page, KB | longest prompt, KB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    first = rows[0]
    for row in rows:
        cells = [f"{f[0]:.1f} ms ({f[1]:.1f} to {f[2]:.1f}), ×{f[0] / b[0]:.1f}" for f, b in zip(row[1:5], first[1:5])]
        print(f"| {row[0]} | " + " | ".join(cells) + f" | {row[5] / 1000:.0f} | {row[6] / 1000:.1f} |")


def waits(run: LocalRun, path: str, number: int) -> bool:
    """Whether round `number` is over; asked of that round alone, so that asking does not grow with history."""
    status, _, body = run.get(f"{path}/rounds/{number}", Accept="application/json")
    return status == 200 and json.loads(body)["complete"]


def longest_prompt(provider: ScriptedProvider) -> int:
    return max(sum(len(m["content"].encode()) for m in request["messages"]) for request in provider.requests)


if __name__ == "__main__":
    main()
