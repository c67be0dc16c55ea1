"""One request to the responder itself, as nginx sends it, without nginx."""

import socket
import struct


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def pairs(parameters: dict[str, str]) -> bytes:
    def length(count: int) -> bytes:
        return bytes([count]) if count < 128 else struct.pack("!I", count | 1 << 31)

    return b"".join(
        length(len(name.encode())) + length(len(value.encode())) + name.encode() + value.encode()
        for name, value in parameters.items()
    )


def get(path: str, uri: str, **parameters: str) -> tuple[int, bytes]:
    """The status and the body of a GET over the unix socket at `path`."""
    parameters = {
        "REQUEST_METHOD": "GET", "REQUEST_URI": uri, "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_ID": "raw",
    } | parameters
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(path)
        begin = record(1, struct.pack("!HB5x", 1, 0))
        connection.sendall(begin + record(4, pairs(parameters)) + record(4, b"") + record(5, b""))
        raw = b""
        while piece := connection.recv(65_536):
            raw += piece
    answer = b""
    while raw:
        _, kind, _, length, padding, _ = struct.unpack("!BBHHBB", raw[:8])
        if kind == 6:
            answer += raw[8:8 + length]
        raw = raw[8 + length + padding:]
    head, _, body = answer.partition(b"\r\n\r\n")
    status = [line for line in head.split(b"\r\n") if line.lower().startswith(b"status:")]
    return int(status[0].split()[1]) if status else 200, body
