"""Held polls: what thousands cost who wait for one discussion, and how fast one event reaches all of them.

    make bench

Beside Nchan, long-poll in C inside nginx, on the same machine, in the same run, by the same client: connections that
are kept, asked again with the new cursor once everybody has the event. A client is a socket in one epoll loop, which
reads and notes the time, and nothing else until all are there. Each of several rounds sends one event to all.
Memory is what the processes grew by with the polls of the first round held.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import resource
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Integration"))

from local_run import LocalRun, eventually, free_port  # noqa: E402
from scripted_provider import ScriptedProvider  # noqa: E402

POLLS = int(os.environ.get("PARLEY_BENCH_POLLS", "5000"))
ROUNDS = int(os.environ.get("PARLEY_BENCH_ROUNDS", "5"))
# Opened at once: nginx's own backlog is 511.
WAVE = 250
NCHAN = pathlib.Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


@dataclasses.dataclass
class Figures:
    name: str
    kilobytes: dict[str, float]
    first: list[float] = dataclasses.field(default_factory=list)
    p50: list[float] = dataclasses.field(default_factory=list)
    p99: list[float] = dataclasses.field(default_factory=list)
    last: list[float] = dataclasses.field(default_factory=list)
    # Milliseconds of processor time while an event reached all, the client's beside those of the processes.
    used: dict[str, list[float]] = dataclasses.field(default_factory=dict)


class Clients:
    """Held polls, each a kept connection."""

    def __init__(self, port: int, count: int, held, request: bytes) -> None:
        self.epoll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        for first in range(0, count, WAVE):
            for _ in range(min(WAVE, count - first)):
                client = socket.create_connection(("127.0.0.1", port))
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.sendall(request)
                self.sockets[client.fileno()] = client
                self.epoll.register(client.fileno(), select.EPOLLIN)
            try:
                eventually(lambda: held() >= len(self.sockets), 10)
            except AssertionError:
                early = [self.sockets[descriptor].recv(65536)[:300] for descriptor, _ in self.epoll.poll(0)]
                raise AssertionError(f"{held()} of {len(self.sockets)} are held; answered at once: {early}") from None

    def ask_again(self, request: bytes) -> None:
        for client in self.sockets.values():
            client.sendall(request)

    def receive(self, since: float) -> tuple[list[float], list[bytes]]:
        """Milliseconds from `since` to each whole answer, and the answers."""
        times, answers = [], []
        parts: dict[int, bytes] = {}
        deadline = time.monotonic() + 60
        while len(answers) < len(self.sockets):
            ready = self.epoll.poll(5, 1024)
            assert ready or time.monotonic() < deadline, f"{len(answers)} of {len(self.sockets)} answers came"
            for descriptor, _ in ready:
                data = self.sockets[descriptor].recv(65536)
                now = time.perf_counter()
                assert data, "a poll was closed without an answer"
                if parts:
                    data = parts.pop(descriptor, b"") + data
                # Both end so; whether they are whole besides is looked at when the clock has stopped.
                if data.endswith((b"}\n", b"}")):
                    times.append((now - since) * 1000)
                    answers.append(data)
                else:
                    parts[descriptor] = data
        assert not self.epoll.poll(0), "somebody was answered twice"
        for answer in answers:
            json.loads(body_of(answer))
        return times, answers

    def close(self) -> None:
        for client in self.sockets.values():
            client.close()
        self.epoll.close()


def body_of(answer: bytes) -> bytes:
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"chunked" not in head:
        return body
    joined = b""
    while body:
        length, _, body = body.partition(b"\r\n")
        joined += body[: int(length, 16)]
        body = body[int(length, 16) + 2 :]
    return joined


@contextlib.contextmanager
def processor_time(figures: Figures, processes: dict[str, list[int]]):
    processes = processes | {"client": [os.getpid()]}
    before = {name: ticks(pids) for name, pids in processes.items()}
    yield
    for name, pids in processes.items():
        spent = (ticks(pids) - before[name]) * 1000 / os.sysconf("SC_CLK_TCK")
        figures.used.setdefault(name, []).append(spent)


def ticks(pids: list[int]) -> int:
    return sum(
        int(n)
        for pid in pids
        for n in pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    )


def note(figures: Figures, times: list[float]) -> None:
    times.sort()
    figures.first.append(times[0])
    figures.p50.append(times[len(times) // 2])
    figures.p99.append(times[len(times) * 99 // 100])
    figures.last.append(times[-1])


def memory(pids: list[int]) -> int:
    """Kilobytes of their own: shared pages are counted once by whoever shares them."""
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                total += int(line.split()[1])
    return total


def children(pid: int) -> list[int]:
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def get(path: str, accept: str = "application/json") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n\r\n".encode()


def post(port: int, path: str, body: dict) -> socket.socket:
    """Sends, and leaves the answer to be read."""
    content = json.dumps(body).encode()
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
    )
    return client


def parley(count: int) -> Figures:
    provider = ScriptedProvider()
    provider.says = lambda request: ["Said."]
    run = LocalRun(provider.url)
    run.environment |= {
        "POLLS_PER_PERSON": str(count + 100), "POLLS_TOTAL": str(count + 100), "LIMIT_REQ": "1000000",
    }
    try:
        run.started()
        path = run.start_discussion("Who waits?")
        eventually(lambda: run.discussion(path)["waitingForAction"], 60)
        responder, nginx = run.part("parley serve"), children(run.part("nginx -p"))
        # A warm process: every path has been gone once.
        for _ in range(50):
            run.get(f"{path}/events?after=0&wait=0")
        before, before_nginx = memory([responder]), memory(nginx)
        cursor = run.discussion(path)["cursor"]
        clients = Clients(run.http_port, count, lambda: polls(run), get(f"{path}/events?after={cursor}"))
        eventually(lambda: settled(responder), 30)
        figures = Figures(
            "Parley",
            {"responder": (memory([responder]) - before) / count, "nginx": (memory(nginx) - before_nginx) / count},
        )
        for number in range(ROUNDS):
            start = time.perf_counter()
            with processor_time(figures, {"responder": [responder], "nginx": nginx}):
                with post(run.http_port, f"{path}/input", {"input": f"Noted, {number}.", "proceed": False}) as command:
                    times, answers = clients.receive(start)
                    body = body_of(command.recv(65536))
            note(figures, times)
            refused = [answer for answer in answers if not answer.startswith(b"HTTP/1.1 200")]
            assert not refused, f"{len(refused)} were refused: {refused[0]!r}"
            # The same one event to everybody, and nothing after its cursor.
            said = [json.loads(body_of(answer)) for answer in answers]
            assert {answer["cursor"] for answer in said} == {json.loads(body)["ack"]["cursor"]}
            assert {tuple(event["id"] for event in answer["events"]) for answer in said} == {(said[0]["cursor"],)}
            cursor = said[0]["cursor"]
            rest = json.loads(run.get(f"{path}/events?after={cursor}&wait=0")[2])
            assert rest == {"cursor": cursor, "events": []}
            clients.ask_again(get(f"{path}/events?after={cursor}"))
            eventually(lambda: polls(run) == count and settled(responder), 60, f"{count} held again")
            early = [clients.sockets[descriptor].recv(65536) for descriptor, _ in clients.epoll.poll(0)]
            assert not early, f"{len(early)} were answered at once: {early[0]!r}"
        clients.close()
        return figures
    finally:
        run.stop()
        provider.close()


def polls(run: LocalRun) -> int:
    """How many are held, as the site says."""
    return int(float(re.search(rb"^parley_polls (\S+)$", run.get("/metrics")[2], re.MULTILINE)[1]))


def settled(pid: int) -> bool:
    """Whether the process has used no time for a fifth of a second: all that came in is dealt with."""
    before = ticks([pid])
    time.sleep(0.2)
    return ticks([pid]) - before <= 1


def nchan(count: int) -> Figures:
    place = pathlib.Path(tempfile.mkdtemp(prefix="nchan-", dir="/tmp"))
    port = free_port()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    (place / "nginx.conf").write_text(
        f"""
        load_module {NCHAN};
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off; pid {place}/pid; error_log {place}/error.log crit;
        worker_processes 2; worker_rlimit_nofile {files};
        events {{ worker_connections {files - 64}; }}
        http {{
            access_log {place}/access.log;
            client_body_temp_path {place}/body; fastcgi_temp_path {place}/f; proxy_temp_path {place}/p;
            uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
            nchan_max_reserved_memory 256m;
            keepalive_requests 100000;
            server {{
                listen 127.0.0.1:{port};
                location = /publish {{ nchan_publisher; nchan_channel_id all; nchan_message_buffer_length 4; }}
                location = /events {{
                    nchan_subscriber longpoll; nchan_channel_id all; nchan_subscriber_first_message newest;
                    nchan_subscriber_timeout 60;
                }}
            }}
        }}
        """
    )
    process = subprocess.Popen(["nginx", "-p", place, "-c", place / "nginx.conf", "-e", place / "error.log"])
    try:
        eventually(lambda: len(children(process.pid)) == 2)
        eventually(lambda: answers(port))
        workers = children(process.pid)
        # The connections that asked whether it answers are closed by then.
        eventually(lambda: all(settled(pid) for pid in workers), 30)
        quiet = sum(descriptors(pid) for pid in workers)
        before = memory(workers)
        clients = Clients(port, count, lambda: sum(descriptors(pid) for pid in workers) - quiet, get("/events"))
        eventually(lambda: all(settled(pid) for pid in workers), 30)
        figures = Figures("Nchan", {"nginx": (memory(workers) - before) / count})
        # As long as an answer of Parley's.
        message = {"events": "x" * 230}
        for _ in range(ROUNDS):
            start = time.perf_counter()
            with processor_time(figures, {"nginx": workers}):
                with post(port, "/publish", message):
                    times, _ = clients.receive(start)
            note(figures, times)
            clients.ask_again(get("/events"))
            eventually(lambda: all(settled(pid) for pid in workers), 60)
        clients.close()
        return figures
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(place, ignore_errors=True)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


def main() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = [parley(POLLS)]
    if NCHAN.exists():
        rows.append(nchan(POLLS))
    print(f"\n{POLLS} held polls on one responder, one event to all; {ROUNDS} rounds, median (lowest to highest)\n")
    print("|  | the first | p50 | p99 | the last | memory of a held poll | processor time of an event |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        cells = [
            f"{statistics.median(figures):.0f} ms ({min(figures):.0f} to {max(figures):.0f})"
            for figures in (row.first, row.p50, row.p99, row.last)
        ]
        held = ", ".join(f"{name} {kilobytes:.1f} KB" for name, kilobytes in row.kilobytes.items())
        used = ", ".join(f"{name} {statistics.mean(figures):.0f} ms" for name, figures in row.used.items())
        print(f"| {row.name} | " + " | ".join(cells) + f" | {held} | {used} |")
    if len(rows) == 1:
        print("\nNchan is not installed, so nothing stands beside it: tools/deps bench.")
    if len(rows) == 2:
        print(f"\np99 against Nchan's: ×{statistics.median(rows[0].p99) / statistics.median(rows[1].p99):.1f}")


if __name__ == "__main__":
    main()
