"""Acknowledgements: how many commands a second are kept for good and then acknowledged?

Remarks, each under an id of its own, by 1, 16 and 64 clients over 64 discussions; every answer comes after its
transaction is synced. Beside PHP, which does the same in one transaction of the same database with synchronous=FULL,
and beside the disk: 4 KB appended and fdatasync, again and again, by one process, which is as fast as one log can be
synced when each command waits for a sync of its own.
"""

import contextlib
import pathlib
import sqlite3
import time

from disk import synced
from harness import Bench, Column, Table, quantile, verdict
from load import wrk
from peers.nginx import PeerNginx, fastcgi
from peers.php import PHPFPM, SOURCES
from seed import seed
from site_under_test import Site

CLIENTS = (1, 16, 64)
DISCUSSIONS = 64
TARGET = 500
DISK = "the disk, 4 KB and fdatasync"
COLUMNS = [column for n in CLIENTS for column in (
    Column(f"clients{n}", f"a second, {n} client{'s' * (n > 1)}"), Column(f"p99_{n}", f"p99, {n}", "ms", 1),
)]


def run(bench: Bench) -> None:
    table = Table("Durable acknowledgements a second", "", COLUMNS)
    with contextlib.ExitStack() as stack:
        site = stack.enter_context(Site(cached=False))
        seed(site, DISCUSSIONS)
        paths = [f"/discussions/{id}/input" for id in seeded(site)]
        counted: list[int] = []
        contestants = {"Parley": lambda: acknowledged(site.url, paths, bench, counted)}
        if why := PHPFPM.is_missing():
            table.remarks.append(f"PHP is left out: {why}.")
        else:
            peer = stack.enter_context(php(stack, site))
            contestants["PHP"] = lambda: acknowledged(peer.url, paths, bench, [])
        contestants[DISK] = lambda: disk(bench.seconds)
        table.alternate(bench.rounds, contestants)
        # More may be kept: those that were on their way when a load ended.
        assert (there := kept(site.data)) >= sum(counted), f"{there} of {sum(counted)} are kept"
        table.remarks.append(f"{sum(counted):,} were acknowledged by Parley, and all are in its database.")
    for clients in CLIENTS:
        table.ratio("Parley", "PHP", f"clients{clients}")
    least = min(TARGET, table.median(DISK, "clients1"))
    table.remarks.append(
        f"Target, {TARGET} a second at 64 clients, or what the disk syncs:"
        f" {verdict(table.median('Parley', 'clients64') >= least)}"
    )
    bench.show(table)


def acknowledged(url: str, paths: list[str], bench: Bench, counted: list[int]) -> dict[str, float]:
    figures = {}
    for clients in CLIENTS:
        # Ids that no run before has used.
        load = wrk(url, clients, bench.seconds, f"bench-{time.monotonic_ns()}", *paths, script="commands.lua")
        counted.append(load.requests)
        figures |= {f"clients{clients}": load.per_second, f"p99_{clients}": load.p99}
    return figures


def seeded(site: Site) -> list[str]:
    with contextlib.closing(sqlite3.connect(f"{site.data}/parley.sqlite")) as database:
        return [id for (id,) in database.execute("SELECT id FROM discussions WHERE id LIKE 'seed%' ORDER BY id")]


def kept(data: str) -> int:
    with contextlib.closing(sqlite3.connect(f"{data}/parley.sqlite")) as database:
        return database.execute("SELECT count(*) FROM user_inputs").fetchone()[0]


def php(stack: contextlib.ExitStack, site: Site) -> PeerNginx:
    fpm = stack.enter_context(PHPFPM())
    copy = pathlib.Path(site.data) / "php.sqlite"
    with contextlib.closing(sqlite3.connect(f"{site.data}/parley.sqlite")) as database:
        database.execute("VACUUM INTO ?", (str(copy),))
    with contextlib.closing(sqlite3.connect(copy)) as database:
        assert database.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    upstream, location = fastcgi(
        "php", "~ ^/discussions/(?<id>[^/]+)/input$", fpm.socket, True,
        SCRIPT_FILENAME=SOURCES / "remark.php", DATABASE=copy, DISCUSSION="$id",
    )
    return PeerNginx(location, upstream)


def disk(seconds: int) -> dict[str, float]:
    took = synced(seconds)
    return {"clients1": len(took) / seconds, "p99_1": quantile(took, 0.99)}
