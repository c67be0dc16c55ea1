"""The cache: how much sooner does a page come out of memcached than without one?

Two sites side by side with the same discussions of 20 and of 100 rounds, messages of the usual length; one has its
memcached, the other none. They are asked in turns, one request at a time over a kept connection, each page once before
it counts, so that both are warm in every other way. Small: the time is nginx's and the connection's too.
"""

import statistics

from harness import Bench, Column, Table
from load import milliseconds
from site_under_test import Site

COLUMNS = [
    Column("warm", "warm cache", "ms", 2), Column("none", "no memcached", "ms", 2), Column("ratio", "ratio", digits=2),
]
JSON = {"Accept": "application/json"}
PAGES = [
    ("20 rounds, the newest open", 20, "", {}), ("20 rounds, all open", 20, "?rounds=all", {}),
    ("20 rounds, JSON", 20, "", JSON), ("20 rounds, export.md", 20, "/export.md", {}),
    ("100 rounds, the newest open", 100, "", {}), ("100 rounds, all open", 100, "?rounds=all", {}),
]


def run(bench: Bench) -> None:
    table = Table("One request at a time", "page", COLUMNS)
    with Site(cached=True) as warm, Site(cached=False) as none:
        sites = {"warm": warm, "none": none}
        paths = {name: {rounds: site.long_discussion(rounds) for rounds in (20, 100)} for name, site in sites.items()}
        for _ in range(bench.rounds):
            for page, rounds, query, headers in PAGES:
                took = {
                    name: statistics.median(milliseconds(
                        site.http_port, [paths[name][rounds] + query], bench.count(60, 2), headers=headers,
                    ))
                    for name, site in sites.items()
                }
                table.note(page, **took, ratio=took["none"] / took["warm"])
    bench.show(table)
