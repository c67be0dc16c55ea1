"""Backup: how long do 10,000 discussions take, and what do others notice of it?

`parley backup` beside the running site: first with every discussion touched, which writes a folder for each and a
snapshot of the database, then with none. Somebody looks at the list and at a discussion alone, and meanwhile.
"""

import pathlib
import subprocess
import time

from harness import Bench, Column, Table
from local_run import BINARY, eventually
from seed import seed
from site_under_test import Site
from watching import LOOKS, Watch

TOOK = [
    Column("seconds", "took", "s", 1), Column("discussions", "discussions written"),
    Column("megabytes", "kept afterwards, without hard links", "MB"),
]


def run(bench: Bench) -> None:
    count = bench.count(10_000, 20)
    took = Table(f"A backup of {count:,} discussions", "", TOOK)
    looks = Table("Looks at the list and a discussion, in turn", "", LOOKS)
    # Each needs a site of its own: what is backed up once is not touched any more.
    for _ in range(min(bench.rounds, 2)):
        with Site() as site:
            seed(site, count)
            eventually(site.healthy, 60)
            path = site.waiting_discussion("Who notices?")
            with Watch(site.http_port, "/", path) as alone:
                time.sleep(bench.count(5, 1))
            looks.note("alone", **alone.figures())
            for name in ("every discussion touched", "none touched since"):
                with Watch(site.http_port, "/", path) as meanwhile:
                    took.note(name, **backup(site))
                looks.note(f"meanwhile, {name}", **meanwhile.figures())
    bench.show(took, looks)


def backup(site: Site) -> dict[str, float]:
    begin = time.perf_counter()
    done = subprocess.run(
        [BINARY, "backup"], env=site.environment, cwd=site.var, capture_output=True, text=True, timeout=900,
    )
    seconds = time.perf_counter() - begin
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "snapshots" in lines[-1], lines[-1]
    kept = size(pathlib.Path(site.data) / "backups")
    return {"seconds": seconds, "discussions": len(lines) - 1, "megabytes": kept / 1e6}


def size(place: pathlib.Path) -> int:
    """Bytes on the disk below a directory, each file once."""
    files = (path.lstat() for path in place.rglob("*") if path.is_file())
    return sum({(file.st_dev, file.st_ino): file.st_blocks * 512 for file in files}.values())
