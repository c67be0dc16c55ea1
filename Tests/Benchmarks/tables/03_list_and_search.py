"""List and search: how fast are they when there is much?

In a site with 33,334 discussions of one round (100,002 messages) and one with 100,000 (300,000 messages), written by a
seeded generator whose words are as unevenly frequent as a language's. One request after another over a kept
connection; the words that are searched for change from one to the next. PARLEY_BENCH_MILLION=1 adds 100,000
discussions of four rounds: 1,200,000 messages, which take some minutes to write.
"""

import json
import os
import statistics
import urllib.parse

from harness import Bench, Column, Table, quantile
from load import milliseconds
from local_run import eventually
from seed import SEATS, WORDS, seed
from site_under_test import Site

SIZES = [(33_334, 1), (100_000, 1)]
MILLION = (100_000, 4)
COLUMNS = [
    Column("p50", "median", "ms", 1), Column("p95", "p95", "ms", 1), Column("p99", "p99", "ms", 1),
    Column("worst", "slowest", "ms", 1),
]
# Of the words by how often they are said.
COMMON, MIDDLING, RARE = WORDS[:10], WORDS[200:210], WORDS[-10:]


def run(bench: Bench) -> None:
    sizes = [(300, 1)] if bench.smoke else SIZES + [MILLION] * bool(os.environ.get("PARLEY_BENCH_MILLION"))
    for discussions, rounds in sizes:
        messages = discussions * rounds * SEATS
        table = Table(f"{discussions:,} discussions, {messages:,} messages", "", COLUMNS)
        with Site() as site:
            seed(site, discussions, rounds)
            eventually(site.healthy, 60)
            asked = questions(site)
            for _ in range(bench.rounds):
                for name, paths in asked.items():
                    figures = milliseconds(site.http_port, paths, bench.count(200, 10))
                    table.note(name, p50=statistics.median(figures), p95=quantile(figures, 0.95),
                               p99=quantile(figures, 0.99), worst=max(figures))
        judge(table, discussions, messages)
        bench.show(table)


def questions(site: Site) -> dict[str, list[str]]:
    """What is asked, by name."""
    older = json.loads(site.get("/", Accept="application/json")[2])["next"]
    assert older, "there is no second page"
    def search(words: list[str]) -> list[str]:
        return ["/?" + urllib.parse.urlencode({"q": word}) for word in words]
    # A relative address or a whole one.
    parts = urllib.parse.urlsplit(older)
    return {
        "the list": ["/"],
        "an older page of it": [f"{parts.path}?{parts.query}"],
        "search, a common word": search(COMMON),
        "search, a word in between": search(MIDDLING),
        "search, a rare word": search(RARE),
        "search, two common words": search([" ".join(pair) for pair in zip(COMMON, COMMON[1:])]),
        "search, three letters so far": search([word[:3] for word in MIDDLING]),
        "search, nothing to be found": search([word + "qq" for word in COMMON]),
    }


def judge(table: Table, discussions: int, messages: int) -> None:
    if discussions >= 100_000:
        table.target("the list", "p99", 20, "the list's p99 within 20 ms at 100,000 discussions")
    if messages >= 1_000_000:
        for row in [row for row in table.rows if row.startswith("search")]:
            table.target(row, "p95", 50, f"p95 within 50 ms at 1,000,000 messages ({row})")
