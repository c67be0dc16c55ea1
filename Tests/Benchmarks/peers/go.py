"""Go's net/http/fcgi, built from its standard library alone."""

import os
import pathlib
import subprocess

from harness import SCRATCH
from peers.processes import Peer, missing

SOURCES = pathlib.Path(__file__).resolve().parent / "go"


class GoFCGI(Peer):
    def __init__(self) -> None:
        super().__init__("go")
        environment = os.environ | {
            "GOCACHE": str(SCRATCH.parent / "go-cache"), "GOFLAGS": "-mod=mod", "GO111MODULE": "on", "GOPROXY": "off",
            "GOPATH": str(SCRATCH.parent / "go"),
        }
        program = self.place / "hello"
        subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCES, env=environment, check=True, timeout=300)
        self.start([program, self.socket], self.socket.exists)

    @property
    def socket(self) -> pathlib.Path:
        return self.place / "go.sock"

    @staticmethod
    def is_missing() -> str:
        return "golang-go is not installed: tools/deps bench" if missing("go") else ""
