"""A new responder takes the place of the old one under load: no failed request, no lost acknowledgement.

The parent holds the socket, as systemd does, and gives it to both. Beside them are a real nginx, people who send
commands, and people who wait for news.
"""

import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator

import pytest

from local_run import BINARY, ROOT, eventually, free_port
from scripted_provider import ScriptedProvider

SENDERS, WAITERS = 4, 24
# So long the load runs with each of the two alone.
ALONE = 8.0 if os.environ.get("PARLEY_LONG_TESTS") else 1.5


class Parent:
    """Holds the socket; starts responders on it, and one nginx before it."""

    def __init__(self, provider_url: str) -> None:
        self.house = pathlib.Path(tempfile.mkdtemp(prefix="parley-", dir="/tmp"))
        for name in ("run", "log", "nginx/tmp", "data"):
            (self.house / name).mkdir(parents=True)
        self.port = free_port()
        self.environment = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")} | {
            "DATA_DIR": str(self.house / "data"), "FASTCGI_SOCKET": str(self.house / "run/parley.sock"),
            "LOCAL_LLM_BASE_URL": provider_url, "LOCAL_LLM_MODEL": "scripted-1", "ENABLE_VIRUS_SCAN": "false",
            "BACKUP_ENABLED": "false", "POLLS_PER_PERSON": "1000", "STOP_GRACE_SECONDS": "20",
            "RATE_LIMIT_START": "1000000", "RATE_LIMIT_COMMANDS": "1000000", "LOG_LEVEL": "info",
        }
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.environment["FASTCGI_SOCKET"])
        os.chmod(self.environment["FASTCGI_SOCKET"], 0o660)
        self.socket.listen(4096)
        self.started: list[subprocess.Popen] = []
        self.nginx: subprocess.Popen | None = None

    def log(self, number: int) -> str:
        return (self.house / f"log/parley-{number}.log").read_text()

    def responder(self) -> subprocess.Popen:
        """One more on the same socket; returns when it listens."""
        number = len(self.started)
        with open(self.house / f"log/parley-{number}.log", "w") as log:
            process = subprocess.Popen(
                [BINARY, "serve"], env=self.environment, cwd=self.house, stdin=self.socket, stdout=log, stderr=log
            )
        self.started.append(process)
        eventually(lambda: "listening" in self.log(number) or process.poll() is not None)
        assert process.poll() is None, self.log(number)
        return process

    def web_server(self) -> None:
        text = (ROOT / "nginx/local.conf.template").read_text()
        os.symlink(ROOT / "nginx", self.house / "nginx/parley")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
             "/CN=localhost", "-keyout", self.house / "nginx/tls.key", "-out", self.house / "nginx/tls.crt"],
            check=True, capture_output=True,
        )
        for word, value in {
            "USER": "user root;" if os.geteuid() == 0 else "", "VAR": self.house, "ROOT": ROOT, "DATA": self.house / "data",
            "HTTP_PORT": self.port, "HTTPS_PORT": free_port(), "IPV6": "# ", "OPEN_FILES": 4096, "CONNECTIONS": 2048,
            "LIMIT_REQ": 100_000, "LIMIT_CONN": 20_000, "PUBLIC_HOST": "", "REAL_IP": "",
        }.items():
            text = text.replace(f"@{word}@", str(value))
        (self.house / "nginx/nginx.conf").write_text(text)
        self.nginx = subprocess.Popen(
            ["nginx", "-p", self.house / "nginx", "-c", self.house / "nginx/nginx.conf", "-e", self.house / "log/nginx.log"],
            env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin"},
        )
        eventually(lambda: self.ask("GET", "/health")[0] == 200)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(self, method: str, path: str, body: dict | None = None, key: str = "") -> tuple[int, dict]:
        """One request on a connection of its own, sent in one piece as browsers send small ones."""
        content = json.dumps(body).encode() if body is not None else b""
        head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json", "Connection: close"]
        if body is not None:
            head += ["Content-Type: application/json", f"Content-Length: {len(content)}", f"Idempotency-Key: {key}"]
        try:
            with self.connect() as connection:
                connection.sendall("\r\n".join([*head, "", ""]).encode() + content)
                raw = b"".join(iter(lambda: connection.recv(65_536), b""))
        except OSError as error:
            return 0, {"error": str(error)}
        head, _, content = raw.partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head else 0
        if b"transfer-encoding: chunked" in head.lower():
            whole, rest = b"", content
            while rest:
                size, _, rest = rest.partition(b"\r\n")
                if not int(size, 16):
                    break
                whole, rest = whole + rest[:int(size, 16)], rest[int(size, 16) + 2:]
            content = whole
        try:
            return status, json.loads(content)
        except ValueError:
            return status, {"text": content.decode(errors="replace")}

    def close(self) -> None:
        for process in [*self.started, *([self.nginx] if self.nginx else [])]:
            if process.poll() is None:
                process.terminate()
        for process in [*self.started, *([self.nginx] if self.nginx else [])]:
            process.wait(40)
        self.socket.close()
        shutil.rmtree(self.house, ignore_errors=True)


@pytest.fixture
def parent(provider: ScriptedProvider) -> Iterator[Parent]:
    parent = Parent(provider.url)
    try:
        yield parent
    finally:
        provider.release.set()
        parent.close()


class Load:
    """People who send commands and people who wait, until they are told to stop; what they saw."""

    def __init__(self, parent: Parent) -> None:
        self.parent = parent
        self.over = threading.Event()
        self.failed: list[tuple] = []
        self.acknowledged: list[str] = []
        self.polls = 0
        self.commands = 0
        self.seen: set[int] = set()
        self.threads = [threading.Thread(target=self.send, args=(n,)) for n in range(SENDERS)]
        self.threads += [threading.Thread(target=self.wait, args=(n,)) for n in range(WAITERS)]

    def send(self, number: int) -> None:
        for turn in itertools.count():
            if self.over.is_set():
                return
            status, answer = self.parent.ask(
                "POST", "/discussions", {"topic": f"Does {number}-{turn} survive?"}, str(uuid.uuid4())
            )
            self.commands += 1
            if status == 201:
                self.acknowledged.append(answer["ack"]["discussionId"])
            else:
                self.failed.append(("command", status, answer))
            # People, not a benchmark: the two of them have a small machine.
            time.sleep(0.05)

    def wait(self, number: int) -> None:
        cursor = None
        while not self.over.is_set():
            path = "/events?wait=0&after=0" if cursor is None else f"/events?wait=10&after={cursor}&client=w{number}"
            status, answer = self.parent.ask("GET", path)
            self.polls += 1
            if status != 200:
                self.failed.append(("poll", status, answer))
                continue
            if number == 0:
                self.seen |= {event["id"] for event in answer["events"]}
            assert cursor is None or answer["cursor"] >= cursor
            cursor = answer["cursor"]

    @contextlib.contextmanager
    def running(self) -> Iterator["Load"]:
        for thread in self.threads:
            thread.start()
        try:
            yield self
        finally:
            self.over.set()
            for thread in self.threads:
                thread.join(60)


def test_an_upgrade_under_load_loses_nothing(parent: Parent, provider: ScriptedProvider) -> None:
    old = parent.responder()
    parent.web_server()
    with Load(parent).running() as load:
        time.sleep(ALONE)
        new = parent.responder()
        before = len(load.acknowledged)
        began = time.monotonic()
        old.send_signal(signal.SIGTERM)
        assert old.wait(40) == 0, parent.log(0)
        took = time.monotonic() - began
        time.sleep(ALONE)
        after = len(load.acknowledged)
    assert new.poll() is None
    assert load.failed == []
    # It was under load all along.
    assert before > 5 and after - before > 5 and load.polls > WAITERS
    print(f"{load.commands} commands, {load.polls} polls, the old one went in {took:.2f} s")

    # Every acknowledged command is there, and no discussion was left where the old one stopped.
    for id in load.acknowledged:
        eventually(
            lambda: (answer := parent.ask("GET", f"/discussions/{id}"))[0] == 200 and answer[1]["waitingForAction"],
            90, f"{id}: {parent.ask('GET', f'/discussions/{id}')}",
        )
    # Nobody who followed missed one.
    _, kept = parent.ask("GET", "/events?wait=0&after=0")
    log = {event["id"] for event in kept["events"]}
    begun = {e["discussionId"] for e in kept["events"] if e["type"] == "discussion-started"}
    assert set(load.acknowledged) <= begun or len(kept["events"]) == 1_000
    # An answer holds 1,000 events; up to there, nobody who followed missed one that is still kept.
    assert {id for id in log if id <= max(load.seen)} <= load.seen


def test_a_seat_that_speaks_comes_to_its_end(parent: Parent, provider: ScriptedProvider) -> None:
    old = parent.responder()
    parent.web_server()
    provider.release.clear()
    status, answer = parent.ask("POST", "/discussions", {"topic": "Is it cut off?"}, "k1")
    assert status == 201
    path = f"/discussions/{answer['ack']['discussionId']}"
    eventually(lambda: "The beginning" in json.dumps(parent.ask("GET", path)[1]["rounds"]))
    new = parent.responder()
    old.send_signal(signal.SIGTERM)
    # While the seat speaks both answer, and nobody is turned away.
    for _ in range(20):
        assert parent.ask("GET", path)[0] == 200
    assert old.poll() is None
    provider.release.set()
    assert old.wait(30) == 0
    discussion = eventually(lambda: (d := parent.ask("GET", path)[1])["waitingForAction"] and d, 60)
    messages = discussion["rounds"][0]["messages"]
    assert [m["seat"] for m in messages] == [1, 2, 3]
    assert not any(m["truncated"] for m in messages)
    # The first was not begun anew: the provider was asked once for each seat, and once by the judge.
    events = parent.ask("GET", f"{path}/events?after=0&wait=0")[1]["events"]
    assert "message-restart" not in [event["type"] for event in events]
    assert new.poll() is None


def test_held_polls_get_a_clean_answer_at_once(parent: Parent) -> None:
    old = parent.responder()
    parent.web_server()
    _, answer = parent.ask("GET", "/events?wait=0&after=0")
    answers: list[tuple] = []

    def hold() -> None:
        began = time.monotonic()
        status, body = parent.ask("GET", f"/events?wait=25&after={answer['cursor']}")
        answers.append((status, body, time.monotonic() - began))

    threads = [threading.Thread(target=hold) for _ in range(30)]
    for thread in threads:
        thread.start()
    held = lambda: "parley_polls 30" in parent.ask("GET", "/metrics")[1].get("text", "")
    eventually(held, 20, "30 held polls")
    parent.responder()
    old.send_signal(signal.SIGTERM)
    assert old.wait(20) == 0
    for thread in threads:
        thread.join(30)
    assert [(status, body) for status, body, _ in answers] == [
        (200, {"cursor": answer["cursor"], "events": []})
    ] * 30
    assert max(seconds for _, _, seconds in answers) < 15
    assert "Cancelling requests" not in parent.log(0)


def test_the_socket_outlives_both(parent: Parent) -> None:
    first = parent.responder()
    parent.web_server()
    first.send_signal(signal.SIGTERM)
    assert first.wait(20) == 0
    assert pathlib.Path(parent.environment["FASTCGI_SOCKET"]).exists()
    # Asked while nobody is there: it waits in the socket for the next one.
    waiting: list[tuple] = []
    thread = threading.Thread(target=lambda: waiting.append(parent.ask("GET", "/health")))
    thread.start()
    parent.responder()
    thread.join(30)
    assert waiting[0][0] == 200
