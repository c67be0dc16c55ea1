"""Start: how long until it answers, what it holds while nobody asks, and what a page weighs.

Started again and again on a database with discussions in it, its socket kept by its parent, so that the time is from
the process's start to the answer of a request that waits for it. Idle memory is looked at after a page, a poll and a
command, when the process has used no time for a second. Weights are what the wire carries, plain and by gzip as nginx
sends it.
"""

import gzip
import pathlib
import time

from harness import ROOT, Bench, Column, Table
from local_run import eventually
from proc import settled, status
from site_under_test import Site

START = [
    Column("ready", "from start to the first answer", "ms"), Column("rss", "idle, resident", "MB", 1),
    Column("own", "of it not shared with the program's file", "MB", 1), Column("binary", "program", "MB", 0),
]
WEIGHT = [Column("plain", "as it is", "KB", 1), Column("gzip", "by gzip", "KB", 1)]


def run(bench: Bench) -> None:
    start = Table("Start and idle memory", "", START)
    weight = Table("What is sent", "", WEIGHT)
    with Site(cached=True) as site:
        path = site.long_discussion(20)
        for _ in range(bench.rounds):
            start.note("Parley", ready=restarted(site), **idle(site, path))
        start.note("Parley", binary=pathlib.Path(site.environment["PARLEY_BINARY"]).stat().st_size / 1e6)
        for name, place in (("the list", "/"), ("a discussion of 20 rounds", path),
                            ("the same, every round open", f"{path}?rounds=all"), ("one round", f"{path}/rounds/20")):
            weigh(weight, name, site.get(place)[2], site.get(place, Accept_Encoding="gzip")[2])
        for file in sorted((ROOT / "public").glob("*.[cj]s*")):
            place = f"/assets/{file.name}"
            weigh(weight, file.name, site.get(place)[2], site.get(place, Accept_Encoding="gzip")[2])
    start.target("Parley", "ready", 1000, "ready within 1 s")
    start.target("Parley", "rss", 60, "idle within 60 MB")
    bench.show(start, weight)


def restarted(site: Site) -> float:
    """Milliseconds from a responder's start to its first answer."""
    site.responder.terminate()
    site.responder.wait(30)
    start = time.perf_counter()
    site.start_responder()
    assert site.get("/health")[0] == 200
    return (time.perf_counter() - start) * 1000


def idle(site: Site, path: str) -> dict[str, float]:
    site.get("/")
    site.get(path)
    site.get(f"{path}/events?after=0&wait=0")
    site.command(f"{path}/input", {"input": "Noted.", "proceed": False})
    eventually(lambda: settled(site.responder.pid, seconds=1), 30, "an idle responder")
    return {key: status(site.responder.pid, field) / 1024 for key, field in (("rss", "VmRSS"), ("own", "RssAnon"))}


def weigh(table: Table, name: str, plain: bytes, squeezed: bytes) -> None:
    assert gzip.decompress(squeezed)[:15] == plain[:15], f"{name} is sent another way"
    table.note(name, plain=len(plain) / 1000, gzip=len(squeezed) / 1000)
