"""Held polls: what thousands cost who wait for one discussion, and how fast one event reaches all of them.

Beside Nchan, long-poll in C inside nginx, by the same client in alternating order: connections that are kept, asked
again with the new cursor once everybody has the event. Several events to all of them each time. Memory is what the
processes grew by with the first polls held, none of it shared. PARLEY_BENCH_POLLS="1000 5000" says how many; each
takes two open files in nginx and one in the client.
"""

import contextlib
import json
import os
import pathlib
import re
import resource
import time

from harness import Bench, Column, Table, verdict
from local_run import eventually
from peers.nginx import PeerNginx
from pollers import Clients, body_of, get, post
from proc import children, descriptors, milliseconds_of, own_memory, settled, ticks
from site_under_test import Site

POLLS = os.environ.get("PARLEY_BENCH_POLLS", "1000 5000 10000")
# Started anew so often: A B A B.
SETS = 2
NCHAN = pathlib.Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
# KB of memory in the responder, and p99 against Nchan's.
MOST_MEMORY, MOST_P99 = 24, 2.5
COLUMNS = [
    Column("first", "the first", "ms"), Column("p50", "p50", "ms"), Column("p99", "p99", "ms"),
    Column("last", "the last", "ms"), Column("memory", "a poll in the responder", "KB", 1),
    Column("nginx_memory", "a poll in nginx", "KB", 1), Column("used", "processor time of an event, responder", "ms"),
    Column("nginx_used", "nginx", "ms"), Column("client_used", "the client itself", "ms"),
]


def run(bench: Bench) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for count in [60] if bench.smoke else [int(word) for word in POLLS.split()]:
        table = Table(f"{count:,} held polls, one event to all", "", COLUMNS)
        for _ in range(1 if bench.smoke else SETS):
            parley(count, table, bench)
            if NCHAN.exists():
                nchan(count, table, bench)
        judge(table)
        bench.show(table)


def judge(table: Table) -> None:
    table.target("Parley", "memory", MOST_MEMORY, f"{MOST_MEMORY} KB of a poll in the responder")
    if "Nchan" not in table.rows:
        table.remarks.append("Nchan is not installed, so nothing stands beside it: tools/deps bench.")
        return
    times = table.median("Parley", "p99") / table.median("Nchan", "p99")
    table.remarks.append(f"p99 against Nchan's: ×{times:.1f} (target at most ×{MOST_P99}: {verdict(times <= MOST_P99)})")


def note(table: Table, row: str, times: list[float], used: dict[str, float]) -> None:
    times.sort()
    table.note(
        row, first=times[0], p50=times[len(times) // 2], p99=times[len(times) * 99 // 100], last=times[-1], **used
    )


@contextlib.contextmanager
def processor_time(processes: dict[str, list[int]]):
    """Milliseconds of each, the client's beside them, once the block is left."""
    processes = processes | {"client_used": [os.getpid()]}
    before = {name: ticks(*pids) for name, pids in processes.items()}
    used: dict[str, float] = {}
    yield used
    used |= {name: milliseconds_of(ticks(*pids) - before[name]) for name, pids in processes.items()}


def parley(count: int, table: Table, bench: Bench) -> None:
    places = str(count + 100)
    with Site(POLLS_PER_PERSON=places, POLLS_TOTAL=places) as site:
        path = site.waiting_discussion("Who waits?")
        responder, nginx = site.responder.pid, children(site.nginx.pid)
        # A warm process: every path has been gone once.
        for _ in range(50):
            site.get(f"{path}/events?after=0&wait=0")
        before, before_nginx = own_memory(responder), own_memory(*nginx)
        cursor = site.discussion(path)["cursor"]
        clients = Clients(site.http_port, count, lambda: polls(site), get(f"{path}/events?after={cursor}"))
        eventually(lambda: settled(responder), 30)
        table.note(
            "Parley", memory=(own_memory(responder) - before) / count,
            nginx_memory=(own_memory(*nginx) - before_nginx) / count,
        )
        for number in range(bench.rounds):
            start = time.perf_counter()
            with processor_time({"used": [responder], "nginx_used": nginx}) as used:
                with post(site.http_port, f"{path}/input", {"input": f"Noted, {number}.", "proceed": False}) as command:
                    times, answers = clients.receive(start)
                    acknowledged = json.loads(body_of(command.recv(65536)))["ack"]["cursor"]
            note(table, "Parley", times, used)
            check(answers, acknowledged)
            cursor = acknowledged
            rest = json.loads(site.get(f"{path}/events?after={cursor}&wait=0")[2])
            assert rest == {"cursor": cursor, "events": []}
            clients.ask_again(get(f"{path}/events?after={cursor}"))
            eventually(lambda: polls(site) == count and settled(responder), 60, f"{count} held again")
            early = [clients.sockets[descriptor].recv(65536) for descriptor, _ in clients.epoll.poll(0)]
            assert not early, f"{len(early)} were answered at once: {early[0]!r}"
        clients.close()


def check(answers: list[bytes], acknowledged: int) -> None:
    """The same one event to everybody."""
    refused = [answer for answer in answers if not answer.startswith(b"HTTP/1.1 200")]
    assert not refused, f"{len(refused)} were refused: {refused[0]!r}"
    said = [json.loads(body_of(answer)) for answer in answers]
    assert {answer["cursor"] for answer in said} == {acknowledged}
    assert {tuple(event["id"] for event in answer["events"]) for answer in said} == {(acknowledged,)}


def polls(site: Site) -> int:
    """How many are held, as the site says."""
    return int(float(re.search(rb"^parley_polls (\S+)$", site.get("/metrics")[2], re.MULTILINE)[1]))


def nchan(count: int, table: Table, bench: Bench) -> None:
    locations = """
        location = /publish { nchan_publisher; nchan_channel_id all; nchan_message_buffer_length 4; }
        location = /events {
            nchan_subscriber longpoll; nchan_channel_id all; nchan_subscriber_first_message newest;
            nchan_subscriber_timeout 60;
        }
    """
    http = "nchan_max_reserved_memory 256m; keepalive_requests 100000;"
    with PeerNginx(locations, http, f"load_module {NCHAN};") as peer:
        eventually(lambda: len(children(peer.process.pid)) == 2)
        workers = children(peer.process.pid)
        # The connections that asked whether it answers are closed by then.
        eventually(lambda: settled(*workers))
        quiet, before = descriptors(*workers), own_memory(*workers)
        clients = Clients(peer.port, count, lambda: descriptors(*workers) - quiet, get("/events"))
        eventually(lambda: settled(*workers), 30)
        table.note("Nchan", nginx_memory=(own_memory(*workers) - before) / count)
        # As long as an answer of Parley's.
        message = {"events": "x" * 230}
        for _ in range(bench.rounds):
            start = time.perf_counter()
            with processor_time({"nginx_used": workers}) as used:
                with post(peer.port, "/publish", message):
                    times, _ = clients.receive(start)
            note(table, "Nchan", times, used)
            clients.ask_again(get("/events"))
            eventually(lambda: settled(*workers), 60)
        clients.close()
