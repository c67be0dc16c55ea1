"""A client of thousands of held polls: sockets in one epoll loop, which reads and notes the time, and nothing else
until all are there."""

import json
import select
import socket
import time
import uuid

from local_run import eventually

# Opened at once: nginx's own backlog is 511.
WAVE = 250


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
