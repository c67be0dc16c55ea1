"""Uploads: how fast are twenty of them at once, scanned and not, and what do they cost everybody else?

Twenty clients each send three files of 8 MB at once, to a site that scans them (libclamav, with the one signature of
EICAR: real sets take longer) and to one that does not; beside them somebody looks at /health, alone and then
meanwhile. PARLEY_BENCH_UPLOADS=20 says how many, PARLEY_BENCH_FILE_MB=8 how large each file is.
"""

import os
import pathlib
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from harness import Bench, Column, Table
from local_run import ROOT
from proc import status
from site_under_test import Site
from uploading import BOUNDARY, multipart
from watching import LOOKS, Watch

MB = 1 << 20
SPEED = [
    Column("took", "all of them took", "s", 1), Column("speed", "together", "MB/s"),
    Column("before", "the responder before", "MB"), Column("highest", "at its highest", "MB"),
]


def run(bench: Bench) -> None:
    clients = int(os.environ.get("PARLEY_BENCH_UPLOADS", bench.count(20, 2)))
    megabytes = int(os.environ.get("PARLEY_BENCH_FILE_MB", bench.count(8, 1)))
    speed = Table(f"{clients} uploads of {3 * megabytes} MB at once", "", SPEED)
    looks = Table("Looks at /health", "", LOOKS)
    for _ in range(min(bench.rounds, 3)):
        for name, settings in (("scanned", scanning()), ("not scanned", {})):
            with Site(**settings) as site:
                upload(site, name, clients, megabytes, speed, looks, bench.count(3, 1))
    bench.show(speed, looks)


def scanning() -> dict[str, str]:
    """libclamav over the signatures that `make run` writes where a machine has none."""
    signatures = pathlib.Path(os.environ.get("PARLEY_BENCH_SIGNATURES", ROOT / "var/bench/signatures"))
    signatures.mkdir(parents=True, exist_ok=True)
    # In two parts: scanners would find this file.
    eicar = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    if not any(signatures.iterdir()):
        (signatures / "eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{eicar.hex()}\n")
    return {"ENABLE_VIRUS_SCAN": "true", "SCAN_ENGINE": "libclamav", "CLAMAV_DATABASE_DIR": str(signatures)}


def upload(site: Site, name: str, clients: int, megabytes: int, speed: Table, looks: Table, quiet: float) -> None:
    paths = [site.waiting_discussion(f"Files for discussion {number}?") for number in range(clients)]
    # Another last line in each: the same bytes might need no second scan.
    bodies = [
        multipart([("files", f"{n}.txt", b"words and words\n" * (megabytes * MB // 16) + f"{client}.{n}\n".encode())
                   for n in range(3)])
        for client in range(clients)
    ]
    before = status(site.responder.pid, "VmRSS") / 1024
    with Watch(site.http_port, "/health") as alone:
        time.sleep(quiet)
    with Watch(site.http_port, "/health") as meanwhile, ThreadPoolExecutor(clients) as pool:
        begin = time.perf_counter()
        statuses = set(pool.map(lambda pair: send(site, *pair), zip(paths, bodies)))
        took = time.perf_counter() - begin
    assert statuses == {200}, statuses
    state = "clean" if name == "scanned" else "unscanned"
    assert {file["state"] for path in paths for file in site.discussion(path)["files"]} == {state}
    highest = status(site.responder.pid, "VmHWM") / 1024
    speed.note(name, took=took, speed=clients * 3 * megabytes / took, before=before, highest=highest)
    looks.note(f"alone ({name})", **alone.figures())
    looks.note(f"beside the uploads ({name})", **meanwhile.figures())


def send(site: Site, path: str, body: bytes) -> int:
    return site.request(
        "POST", f"{path}/files", body, Accept="application/json",
        Content_Type=f"multipart/form-data; boundary={BOUNDARY}", Idempotency_Key=str(uuid.uuid4()),
    )[0]
