"""Parley as it is measured: a responder and nginx of its own, quiet beside what is asked of it."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import uuid

from harness import SCRATCH
from kept_run import KeptRun
from local_run import eventually
from long_discussion import long_discussion
from peers.processes import TIED
from scripted_provider import ScriptedProvider

# Limits are there against too much of what a benchmark does; backups and scans have tables of their own.
WIDE = {
    "LIMIT_REQ": "1000000", "RATE_LIMIT_START": "1000000", "RATE_LIMIT_COMMANDS": "1000000",
    "RATE_LIMIT_UPLOADS": "1000000", "POLLS_PER_PERSON": "1000", "MAX_TURNS": "1000", "BACKUP_ENABLED": "false",
    "ENABLE_VIRUS_SCAN": "false", "LOG_LEVEL": "info",
}


class Memcached:
    """A memcached of our own on a unix socket."""

    def __init__(self, path: str) -> None:
        self.path = path
        user = ["-u", "root"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [*TIED, "memcached", "-s", path, "-a", "0700", "-m", "64", "-c", "1024", *user]
        )
        eventually(self.answers, 10, "memcached")

    def answers(self) -> bool:
        try:
            return self.ask(b"version\r\n").startswith(b"VERSION")
        except OSError:
            return False

    def ask(self, words: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(self.path)
            client.sendall(words)
            return client.recv(4096)

    def flush(self) -> None:
        assert self.ask(b"flush_all\r\n") == b"OK\r\n"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


class Site(KeptRun):
    """Parley with its data in the clone, with or without memcached; it ends with a `with`."""

    def __init__(self, cached: bool = True, provider: ScriptedProvider | None = None, **settings: str) -> None:
        self.provider = provider or ScriptedProvider()
        self.owns_provider = provider is None
        if self.owns_provider:
            self.provider.says = lambda request: ["Said."]
        super().__init__(self.provider.url)
        self.data = tempfile.mkdtemp(prefix="data-", dir=SCRATCH)
        # Where the tests' own tools look for it.
        (self.var / "data").symlink_to(self.data)
        (self.var / "run").mkdir()
        self.memcached = Memcached(str(self.var / "run/memcached.sock")) if cached else None
        self.environment |= WIDE | {"DATA_DIR": self.data} | settings
        self.environment["MEMCACHED_SERVERS"] = self.memcached.path if self.memcached else ""

    def __enter__(self) -> "Site":
        try:
            return self.started()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        super().stop()
        if self.memcached:
            self.memcached.stop()
        if self.owns_provider:
            self.provider.close()
        shutil.rmtree(self.data, ignore_errors=True)

    def restart_responder(self) -> None:
        self.responder.terminate()
        self.responder.wait(30)
        self.start_responder()
        eventually(self.healthy, 60, "the site")

    def waiting_discussion(self, topic: str = "What does it cost?") -> str:
        path = self.start_discussion(topic)
        eventually(lambda: self.discussion(path)["waitingForAction"], 60, f"{path} waits")
        return path

    def long_discussion(self, rounds: int, topic: str = "Does it stay fast?") -> str:
        path = long_discussion(self, rounds, topic)
        self.moved(path)
        return path

    def moved(self, path: str) -> None:
        """Moves a discussion's version: rows that were written past Parley's hands do not, and caches go by it."""
        self.command(f"{path}/input", {"input": "Noted.", "proceed": False})

    def command(self, path: str, body: dict) -> dict:
        """Sends one, and returns its acknowledgement."""
        status, _, answer = self.request(
            "POST", path, json.dumps(body).encode(), Accept="application/json", Content_Type="application/json",
            Idempotency_Key=str(uuid.uuid4()),
        )
        assert status == 200, answer
        return json.loads(answer)["ack"]
