"""Growth: does anything cost more because there is more of something else?

The same actions, one after another, in a discussion of 10, 100 and 1,000 rounds, and in a site of 1,000 and 100,000
discussions; ratios against the smallest say what grows. A round is spoken at each size too, by a provider that answers
at once: its time, and the longest prompt, which the limit on tokens has to hold.
"""

import json
import statistics
import time
import uuid

from harness import Bench, Column, Table
from load import milliseconds
from local_run import eventually
from long_discussion import add_rounds
from scripted_provider import ScriptedProvider
from seed import seed
from site_under_test import Site

ROUNDS, DISCUSSIONS = (10, 100, 1000), (1_000, 100_000)
COLUMNS = [
    Column("poll", "poll, nothing new", "ms", 2), Column("page", "page", "ms", 2),
    Column("round", "one round", "ms", 2), Column("action", "command acknowledged", "ms", 2), Column("spoken", "a round spoken", "ms"),
    Column("kilobytes", "page", "KB"), Column("prompt", "longest prompt", "KB", 1),
]
# A paragraph of the usual length, so that the limit on prompts is reached on the way.
SAID = "A paragraph of the usual length says this and that. " * 14


def run(bench: Bench) -> None:
    provider = ScriptedProvider()
    provider.says = lambda request: [SAID]
    try:
        with Site(provider=provider) as site:
            rounds = Table("One discussion that grows", "rounds", COLUMNS)
            path = site.waiting_discussion("What grows with every round?")
            last = 1
            for number in [3, 5] if bench.smoke else ROUNDS:
                # The one that is spoken comes on top.
                add_rounds(site, path, last + 1, number - 1)
                site.moved(path)
                spoken(rounds, f"{number:,}", site, path, number, bench)
                measure(rounds, f"{number:,}", site, path, number, bench)
                last = number
            tell(rounds)
            columns = [*COLUMNS, Column("list", "the list", "ms", 2)]
            site_of_many = Table("A site that grows, its discussions of one round", "discussions", columns)
            before = 0
            for count in [20, 40] if bench.smoke else DISCUSSIONS:
                seed(site, count - before, seed=count)
                eventually(site.healthy, 60)
                before = count
                path = site.waiting_discussion(f"One of {count}?")
                spoken(site_of_many, f"{count:,}", site, path, 2, bench)
                measure(site_of_many, f"{count:,}", site, path, 2, bench)
                for _ in range(bench.rounds):
                    site_of_many.note(f"{count:,}", list=statistics.median(milliseconds(site.http_port, ["/"], 15)))
            tell(site_of_many)
    finally:
        provider.close()
    bench.show(rounds, site_of_many)


def spoken(table: Table, row: str, site: Site, path: str, number: int, bench: Bench) -> None:
    """Has one round spoken."""
    site.provider.requests.clear()
    begin = time.perf_counter()
    site.command(f"{path}/proceed", {})
    eventually(lambda: is_over(site, path, number), 60, f"round {number} of {path}")
    longest = max(sum(len(m["content"].encode()) for m in request["messages"]) for request in site.provider.requests)
    table.note(row, spoken=(time.perf_counter() - begin) * 1000, prompt=longest / 1000)


def is_over(site: Site, path: str, number: int) -> bool:
    """Asked of that round alone, so that asking does not grow with history."""
    status, _, body = site.get(f"{path}/rounds/{number}", Accept="application/json")
    return status == 200 and json.loads(body)["complete"]


def measure(table: Table, row: str, site: Site, path: str, number: int, bench: Bench) -> None:
    eventually(lambda: site.discussion(path)["waitingForAction"], 60)
    cursor = site.discussion(path)["cursor"]
    tries = bench.count(15, 3)
    for _ in range(bench.rounds):
        table.note(
            row,
            poll=statistics.median(milliseconds(site.http_port, [f"{path}/events?after={cursor}&wait=0"], tries)),
            page=statistics.median(milliseconds(site.http_port, [path], tries)),
            round=statistics.median(milliseconds(site.http_port, [f"{path}/rounds/{number}"], tries)),
        )
        table.note(row, action=statistics.median(actions(site, path, tries)))
        cursor = site.discussion(path)["cursor"]
    table.note(row, kilobytes=len(site.get(path)[2]) / 1000)


def actions(site: Site, path: str, tries: int) -> list[float]:
    figures = []
    for _ in range(tries):
        begin = time.perf_counter()
        site.command(f"{path}/input", {"input": f"Noted, {uuid.uuid4()}.", "proceed": False})
        figures.append((time.perf_counter() - begin) * 1000)
    return figures


def tell(table: Table) -> None:
    """What the largest costs, against the smallest."""
    first, *_, last = table.rows
    told = [
        f"{column.name} ({column.unit}) ×{table.median(last, column.key) / table.median(first, column.key):.1f}"
        for column in table.columns
    ]
    table.remarks.append(f"At {last} against {first} {table.first}: {', '.join(told)}.")
