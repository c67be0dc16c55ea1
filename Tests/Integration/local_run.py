"""`tools/run` as a test starts it: in a place of its own, on free ports, watched from outside."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("PARLEY_BINARY", ROOT / ".build/debug/parley"))

# What a developer's shell may have set and a test must not be moved by.
SETTINGS = (
    "GROQ_API_KEY MISTRAL_API_KEY OPENROUTER_API_KEY LOCAL_LLM_BASE_URL LOCAL_LLM_MODEL LOCAL_LLM_API_KEY "
    "GROQ_BASE_URL MISTRAL_BASE_URL OPENROUTER_BASE_URL HTTPS_PROXY NO_PROXY SSL_CERT_FILE DEFAULT_PLACE "
    "DISCUSSION_COST_LIMIT DAILY_COST_BUDGET TIMEZONE ALLOW_EXTERNAL_FALLBACK LOCAL_CONTEXT_TOKENS "
    "DATA_DIR DATABASE_PATH MEMCACHED_SERVERS FASTCGI_SOCKET PUBLIC_URL LIMIT_REQ LIMIT_CONN MAKELEVEL "
    "AUTH_MODE AUTH_OPEN_TO_NETWORK AUTH_ADMIN_GROUP SESSION_TIMEOUT_MINUTES RATE_LIMIT_SIGNIN AUDIT_LOG TRUSTED_PROXIES "
    "ENABLE_VIRUS_SCAN SCAN_ENGINE CLAMAV_HOST CLAMAV_PORT CLAMAV_SOCKET CLAMAV_DATABASE_DIR"
).split()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition: Callable[[], object], seconds: float = 20, what: str = "") -> object:
    """Waits for the condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or condition}"
        time.sleep(0.02)
    return value


def processes() -> dict[int, tuple[int, str, str]]:
    """All processes: id to parent, start time and command line; the ended but unreaped are left out."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent, *rest = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state not in "ZX":
            found[int(entry.name)] = (int(parent), rest[17], command)
    return found


class LocalRun:
    def __init__(self, provider_url: str = "") -> None:
        self.http_port, self.https_port = free_port(), free_port()
        # Short: a socket's path has 107 bytes.
        self.var = pathlib.Path(tempfile.mkdtemp(prefix="parley-", dir="/tmp"))
        self.environment = {k: v for k, v in os.environ.items() if k not in SETTINGS}
        # Empty, not absent: what stands in a developer's .env must not count.
        self.environment |= {name: "" for name in ("GROQ_API_KEY", "MISTRAL_API_KEY", "OPENROUTER_API_KEY")}
        self.environment |= {
            "PARLEY_BINARY": str(BINARY),
            "PARLEY_VAR": str(self.var),
            "PARLEY_HTTP_PORT": str(self.http_port),
            "PARLEY_HTTPS_PORT": str(self.https_port),
            "LOCAL_LLM_BASE_URL": provider_url,
            "LOCAL_LLM_MODEL": "scripted-1" if provider_url else "",
            # A test does in a minute what a person does in a day.
            "RATE_LIMIT_START": "1000000", "RATE_LIMIT_COMMANDS": "1000000", "RATE_LIMIT_UPLOADS": "1000000",
        }
        # The path of PUBLIC_URL, where a test sets one.
        self.base = ""
        self.output = self.errors = ""
        self.process: subprocess.Popen | None = None

    def start(self) -> "LocalRun":
        self.terminal = open(self.var / "terminal", "w+")
        self.complaints = open(self.var / "complaints", "w+")
        self.process = subprocess.Popen(
            [ROOT / "tools/run"], env=self.environment, stdin=subprocess.DEVNULL,
            stdout=self.terminal, stderr=self.complaints, start_new_session=True,
        )
        return self

    def started(self, seconds: float = 60) -> "LocalRun":
        self.start()
        eventually(lambda: self.ended or f"ready at {self.url}{self.base}\n" in self.read().output, seconds, "the ready line")
        assert not self.ended, f"it ended: {self.output}{self.errors}"
        eventually(lambda: "Ctrl-C" in self.read().output)
        return self

    def read(self) -> "LocalRun":
        self.output = (self.var / "terminal").read_text()
        self.errors = (self.var / "complaints").read_text()
        return self

    def refused(self) -> int:
        """Starts what must not start, and returns its status."""
        self.start()
        status = self.process.wait(60)
        self.read()
        return status

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def family(self) -> dict[int, str]:
        """The script's descendants: id to command line."""
        everyone = processes()
        found: dict[int, str] = {}
        wave = {self.process.pid}
        while wave:
            wave = {pid for pid, (parent, _, _) in everyone.items() if parent in wave}
            found |= {pid: everyone[pid][2] for pid in wave}
        return found

    def part(self, words: str) -> int | None:
        return next((pid for pid, command in self.family().items() if words in command), None)

    def nothing_left(self, before: dict[int, str]) -> bool:
        everyone = processes()
        return not [pid for pid, command in before.items() if pid in everyone and everyone[pid][2] == command]

    def interrupt(self) -> None:
        """Ctrl-C: the terminal tells the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def stop(self) -> None:
        if self.process and not self.ended:
            self.process.terminate()
            self.process.wait(30)
        shutil.rmtree(self.var, ignore_errors=True)

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=30)
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        return self.request("GET", path, **headers)

    def form_token(self) -> str:
        """What this site's forms carry."""
        return re.search(rb'name="form_token" value="([0-9a-f]+)"', self.get("/")[2])[1].decode()

    def healthy(self) -> bool:
        try:
            return self.get("/health")[0] == 200
        except OSError:
            return False

    def start_discussion(self, topic: str) -> str:
        status, headers, body = self.request(
            "POST", "/discussions", json.dumps({"topic": topic}).encode(), Accept="application/json",
            Content_Type="application/json", Idempotency_Key=str(uuid.uuid4()),
        )
        assert status == 201, body
        return headers["Location"].removeprefix(self.url)

    def discussion(self, path: str) -> dict:
        status, _, body = self.get(path, Accept="application/json")
        assert status == 200, body
        return json.loads(body)
