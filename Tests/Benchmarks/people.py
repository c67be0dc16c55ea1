"""Fifty people at work: each reads the list and a discussion about once a second and holds a poll, and now and then one
of them sends a remark. A process of its own, so that its work is not the measure's."""

import asyncio
import json
import multiprocessing
import random
import time
from multiprocessing.connection import Connection

from pollers import body_of


class Wire:
    """A kept connection that tells when an answer's first bytes came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[float, int, bytes]:
        """Milliseconds to the head, the status, the body."""
        if self.reader is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        begin = time.perf_counter()
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        took = (time.perf_counter() - begin) * 1000
        content = await self.content(head)
        if b"connection: close" in head.lower():
            self.close()
        return took, int(head.split(b" ", 2)[1]), content

    async def content(self, head: bytes) -> bytes:
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        if fields.get(b"transfer-encoding") != b"chunked":
            return await self.reader.readexactly(int(fields.get(b"content-length", b"0")))
        whole = b""
        while True:
            length = await self.reader.readuntil(b"\r\n")
            whole += length + await self.reader.readexactly(int(length, 16) + 2)
            if int(length, 16) == 0:
                return body_of(b"Transfer-Encoding: chunked\r\n\r\n" + whole)

    def close(self) -> None:
        if self.reader is not None:
            self.writer.close()
            self.reader = None


class People:
    """They are at work from the beginning of a block to its end."""

    def __init__(self, port: int, paths: list[str], count: int) -> None:
        self.over = multiprocessing.Event()
        self.here, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=lambda: asyncio.run(work(port, paths, count, self.over, there)), daemon=True
        )
        self.seen: dict[str, list[float]] = {}

    def __enter__(self) -> "People":
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        # Nobody sends if one of them fails: its reason is on the terminal.
        assert self.here.poll(60), "the people have found nothing"
        self.seen = self.here.recv()
        self.process.join()


async def work(port: int, paths: list[str], count: int, over, answer: Connection) -> None:
    seen: dict[str, list[float]] = {"list": [], "discussion": []}
    chances = random.Random(7)
    tasks = [asyncio.create_task(read(port, paths[n % len(paths)], seen, random.Random(n))) for n in range(count)]
    tasks += [asyncio.create_task(poll(port, paths[n % len(paths)], n)) for n in range(count)]
    tasks.append(asyncio.create_task(remark(port, paths, chances)))
    while not over.is_set():
        await asyncio.sleep(0.05)
        for task in tasks:
            if task.done():
                # Raises what broke it.
                task.result()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    answer.send(seen)


async def read(port: int, path: str, seen: dict[str, list[float]], chances: random.Random) -> None:
    wire = Wire(port)
    # Not all at once.
    await asyncio.sleep(chances.random())
    while True:
        for name, place in (("list", "/"), ("discussion", path)):
            took, status, _ = await wire.ask("GET", place)
            assert status == 200, f"{status} at {place}"
            seen[name].append(took)
            await asyncio.sleep(0.5 + chances.random())


async def poll(port: int, path: str, number: int) -> None:
    wire, cursor = Wire(port), 0
    while True:
        _, status, body = await wire.ask("GET", f"{path}/events?after={cursor}&client=person{number}")
        assert status == 200, f"{status} for a poll"
        cursor = json.loads(body)["cursor"]


async def remark(port: int, paths: list[str], chances: random.Random) -> None:
    wire = Wire(port)
    while True:
        await asyncio.sleep(0.5)
        _, status, body = await wire.ask(
            "POST", f"{chances.choice(paths)}/input", b'{"input":"Noted.","proceed":false}', Accept="application/json",
            Content_Type="application/json", Idempotency_Key=f"people-{time.monotonic_ns()}",
        )
        assert status == 200, body
