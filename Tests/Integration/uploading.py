"""Forms with files as browsers and scripts send them."""

import json
import uuid

from local_run import LocalRun

BOUNDARY = "----parley-test-boundary"


def multipart(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    """Name, the file's name if it is one, content."""
    body = b""
    for name, file, content in parts:
        quoted = "" if file is None else '; filename="{}"'.format(file.replace('"', "%22"))
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{quoted}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def send(
    site: LocalRun, path: str, parts: list[tuple[str, str | None, bytes]], command: str = ""
) -> tuple[int, dict]:
    status, _, body = site.request(
        "POST", path, multipart(parts), Accept="application/json",
        Content_Type=f"multipart/form-data; boundary={BOUNDARY}", Idempotency_Key=command or str(uuid.uuid4()),
    )
    return status, json.loads(body)


def start(site: LocalRun, *files: tuple[str, bytes]) -> str:
    """The path of a discussion that begins with these files."""
    status, answer = send(
        site, "/discussions", [("topic", None, b"What is in them?")] + [("files", n, c) for n, c in files]
    )
    assert status == 201, answer
    return f"/discussions/{answer['ack']['discussionId']}"
