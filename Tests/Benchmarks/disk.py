"""How often a second the disk syncs what was appended: the limit of whatever promises that nothing is lost."""

import os
import time

from harness import SCRATCH


def synced(seconds: float) -> list[float]:
    """4 KB appended and fdatasync, again and again by one process; milliseconds of each."""
    path, took = SCRATCH / f"sync-{os.getpid()}", []
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        end = time.perf_counter() + seconds
        while (start := time.perf_counter()) < end:
            os.write(file, bytes(4096))
            os.fdatasync(file)
            took.append((time.perf_counter() - start) * 1000)
    finally:
        os.close(file)
        path.unlink()
    return took
