"""Restart under load: clients post and poll while the responder ends and begins again and again."""

import asyncio
import dataclasses
import json
import random
import signal
import time
from collections.abc import Iterator

import pytest

from kept_run import KeptRun, is_long
from local_run import eventually
from scripted_provider import ScriptedProvider

CLIENTS = 500 if is_long() else 60
RESTARTS = 10 if is_long() else 3
# Each discussion is followed and written to by so many clients.
TOGETHER = 10
# Seconds between two commands of a client, on average: the load stays the same for any number of clients.
PAUSE = CLIENTS / 60
# As the contract says: a client waits so long for an acknowledgement before it sends the command again.
PATIENCE = 5
DEADLINE = 600 if is_long() else 120


@dataclasses.dataclass
class Client:
    name: str
    path: str
    cursor: int
    acknowledged: list[str] = dataclasses.field(default_factory=list)
    replayed: int = 0
    seen: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    tries: int = 0
    is_over: bool = False


@pytest.fixture
def kept(provider: ScriptedProvider) -> Iterator[KeptRun]:
    run = KeptRun(provider.url)
    run.environment |= {"POLLS_PER_PERSON": "2000"}
    provider.says = lambda request: ["Said."]
    try:
        yield run.started()
    finally:
        run.stop()


async def request(port: int, method: str, path: str, body: bytes, headers: str) -> tuple[int, dict]:
    """One request on a connection of its own; whatever goes wrong is an OSError or a timeout."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{headers}\r\n".encode() + body
        )
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
        if "content-length" in fields:
            content = await reader.readexactly(int(fields["content-length"]))
        else:
            content = b""
            while size := int(await reader.readline(), 16):
                content += (await reader.readexactly(size + 2))[:-2]
        status = int(head.split()[1])
        return status, json.loads(content) if status < 400 else {}
    except (asyncio.IncompleteReadError, ValueError) as fault:
        raise OSError("the answer broke off") from fault
    finally:
        writer.close()


async def insist(client: Client, port: int, method: str, path: str, body: bytes, headers: str, patience: float) -> dict:
    """Sends until it is answered."""
    while True:
        client.tries += 1
        try:
            status, answer = await asyncio.wait_for(request(port, method, path, body, headers), patience)
            if status < 400:
                return answer
            assert status in (429, 502, 503, 504), status
        except (OSError, asyncio.TimeoutError):
            pass
        await asyncio.sleep(random.uniform(0.05, 0.3))


async def write(client: Client, port: int, is_load: asyncio.Event) -> None:
    number = 0
    while is_load.is_set():
        text = f"{client.name}-{number}"
        answer = await insist(
            client, port, "POST", f"{client.path}/input", json.dumps({"input": text, "proceed": False}).encode(),
            f"Content-Type: application/json\r\nIdempotency-Key: {text}\r\n", PATIENCE,
        )
        client.acknowledged.append(text)
        client.replayed += answer["ack"]["replayed"]
        number += 1
        await asyncio.sleep(random.uniform(0, 2 * PAUSE))


async def follow(client: Client, port: int, expected: dict[str, set[str]]) -> None:
    """Follows the discussion until it has told of all that was acknowledged."""
    while not (client.path in expected and {text for _, text in client.seen} >= expected[client.path]):
        answer = await insist(
            client, port, "GET", f"{client.path}/events?after={client.cursor}&client={client.name}&wait=5", b"", "", 60
        )
        for event in answer["events"]:
            assert event["id"] > client.cursor, "an acknowledged event came again"
            client.cursor = event["id"]
            client.seen.append((event["id"], event["data"].get("input", event["type"])))
        assert answer["cursor"] >= client.cursor
        client.cursor = answer["cursor"]


async def load(kept: KeptRun, clients: list[Client]) -> None:
    is_load = asyncio.Event()
    is_load.set()
    expected: dict[str, set[str]] = {}
    followers = [asyncio.create_task(follow(client, kept.http_port, expected)) for client in clients]
    writers = [asyncio.create_task(write(client, kept.http_port, is_load)) for client in clients]
    for number in range(RESTARTS):
        # The moment is the test's subject.
        await asyncio.sleep(random.uniform(0.3, 2))
        how = signal.SIGKILL if number % 2 else signal.SIGTERM
        await asyncio.to_thread(kept.restart, how)
        # The next one has answered before it is ended in turn.
        while not await asyncio.to_thread(kept.healthy):
            await asyncio.sleep(0.05)
    is_load.clear()
    await asyncio.gather(*writers)
    for client in clients:
        expected.setdefault(client.path, set()).update(client.acknowledged)
    await asyncio.gather(*followers)


def test_no_command_is_lost_or_doubled_and_no_event_missed_over_restarts(kept: KeptRun) -> None:
    paths = [kept.start_discussion(f"Does {number} last?") for number in range(CLIENTS // TOGETHER)]
    clients = []
    for number in range(CLIENTS):
        path = paths[number % len(paths)]
        eventually(lambda: kept.discussion(path)["waitingForAction"], 60)
        clients.append(Client(f"c{number}", path, kept.discussion(path)["cursor"]))
    start = time.monotonic()

    async def bounded() -> None:
        await asyncio.wait_for(load(kept, clients), DEADLINE)

    asyncio.run(bounded())
    sent = sum(len(client.acknowledged) for client in clients)
    replayed = sum(client.replayed for client in clients)
    print(f"{CLIENTS} clients, {RESTARTS} restarts, {time.monotonic() - start:.0f} s: {sent} commands, {replayed} replayed")
    for path in paths:
        mine = [client for client in clients if client.path == path]
        acknowledged = sorted(text for client in mine for text in client.acknowledged)
        said = kept.discussion(path)["rounds"][0]["userInput"]
        assert sorted(said) == acknowledged
        for client in mine:
            ids = [number for number, _ in client.seen]
            assert ids == sorted(set(ids))
            assert sorted(text for _, text in client.seen) == acknowledged
        # All saw them in the same order.
        assert len({tuple(text for _, text in client.seen) for client in mine}) == 1
    assert sent >= CLIENTS
