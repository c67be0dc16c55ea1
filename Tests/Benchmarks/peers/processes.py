"""Peers as child processes in a place of their own, ended by the id that they were started with."""

import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable

from local_run import eventually


# The kernel ends them when we cannot.
TIED = ["setpriv", "--pdeathsig", "TERM"]


class Peer:
    """A process, its directory, and how to see that it is there."""

    def __init__(self, name: str) -> None:
        # Short, for a socket's path has 107 bytes.
        self.place = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/tmp"))
        self.process: subprocess.Popen | None = None

    def start(self, command: list[object], is_there: Callable[[], bool]) -> None:
        with open(self.place / "log", "w") as log:
            self.process = subprocess.Popen(
                [*TIED, *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.place,
            )
        try:
            eventually(lambda: is_there() or self.process.poll() is not None, 20, str(command[0]))
            assert self.process.poll() is None, (self.place / "log").read_text()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        shutil.rmtree(self.place, ignore_errors=True)


def missing(*commands: str) -> list[str]:
    """Those of the commands that are not installed."""
    return [command for command in commands if not shutil.which(command, path=os.environ["PATH"] + ":/usr/sbin")]
