"""What the kernel tells of processes: time used, memory of their own, open files."""

import os
import pathlib
import time


def ticks(*pids: int) -> int:
    """Processor time used so far, in the kernel's ticks."""
    return sum(
        int(n)
        for pid in pids
        for n in pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    )


def milliseconds_of(ticks: int) -> float:
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def status(pid: int, field: str) -> int:
    """A field of /proc/PID/status, in KB: VmRSS, VmHWM, RssAnon (which no other process shares)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise AssertionError(f"the kernel tells no {field}")


def own_memory(*pids: int) -> int:
    """KB of their own: shared pages are counted once by whoever shares them."""
    return sum(status(pid, "RssAnon") for pid in pids)


def children(pid: int) -> list[int]:
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descriptors(*pids: int) -> int:
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


def settled(*pids: int, seconds: float = 0.2) -> bool:
    """Whether the processes use no time to speak of for so long: all that came in is dealt with."""
    before = ticks(*pids)
    time.sleep(seconds)
    return ticks(*pids) - before <= max(1, round(seconds * 2))
