"""Commands from the outside: sent twice, sent at once, answered into the void, sent again after a restart."""

import http.client
import json
import os
import signal
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_run import LocalRun, eventually


def post(port: int, path: str, body: dict, command: str) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(
            "POST", path, json.dumps(body).encode(),
            {"Accept": "application/json", "Content-Type": "application/json", "Idempotency-Key": command},
        )
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.fixture
def path(site: LocalRun) -> str:
    """A discussion that waits."""
    path = site.start_discussion("Once?")
    eventually(lambda: site.discussion(path)["waitingForAction"], 60)
    return path


def inputs(site: LocalRun, path: str) -> list[str]:
    return site.discussion(path)["rounds"][0]["userInput"]


def test_fifty_at_the_same_instant_have_one_effect_and_one_acknowledgement(site: LocalRun, path: str) -> None:
    together = threading.Barrier(50)
    command = str(uuid.uuid4())

    def send() -> tuple[int, dict]:
        together.wait(30)
        return post(site.http_port, f"{path}/input", {"input": "Once.", "proceed": False}, command)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: send(), range(50)))
    assert {status for status, _ in answers} == {200}
    assert sorted(answer["ack"].pop("replayed") for _, answer in answers) == [False] + [True] * 49
    assert len({json.dumps(answer) for _, answer in answers}) == 1
    assert inputs(site, path) == ["Once."]


def test_another_content_under_the_same_id_is_a_conflict_and_changes_nothing(site: LocalRun, path: str) -> None:
    command = str(uuid.uuid4())
    assert post(site.http_port, f"{path}/input", {"input": "One.", "proceed": False}, command)[0] == 200
    status, answer = post(site.http_port, f"{path}/input", {"input": "Two.", "proceed": False}, command)
    assert (status, answer["error"]["code"]) == (422, "COMMAND_CONFLICT")
    assert inputs(site, path) == ["One."]


class LossyProxy:
    """Hands one request on, takes the whole answer, and lets its client hear nothing of it."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.swallowed = b""
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        client, _ = self.listener.accept()
        with client, socket.create_connection(("127.0.0.1", self.upstream)) as upstream:
            sent = b""
            while b"\r\n\r\n" not in sent or len(sent.partition(b"\r\n\r\n")[2]) < self.length(sent):
                data = client.recv(65536)
                sent += data
                upstream.sendall(data)
            while b"\r\n\r\n" not in self.swallowed or len(self.swallowed.partition(b"\r\n\r\n")[2]) < self.length(
                self.swallowed
            ):
                self.swallowed += upstream.recv(65536)

    @staticmethod
    def length(message: bytes) -> int:
        head = message.partition(b"\r\n\r\n")[0].lower()
        return int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])

    def close(self) -> None:
        self.thread.join(30)
        self.listener.close()


def test_a_lost_answer_is_given_again_and_nothing_is_done_twice(site: LocalRun, path: str) -> None:
    proxy = LossyProxy(site.http_port)
    command = str(uuid.uuid4())
    body = {"input": "Did you hear me?", "proceed": False}
    with pytest.raises((http.client.HTTPException, OSError)):
        post(proxy.port, f"{path}/input", body, command)
    proxy.close()
    # It was committed, and acknowledged into the void.
    lost = json.loads(proxy.swallowed.partition(b"\r\n\r\n")[2])
    assert lost["ack"]["replayed"] is False
    status, answer = post(site.http_port, f"{path}/input", body, command)
    assert status == 200
    assert answer["ack"] == lost["ack"] | {"replayed": True}
    assert inputs(site, path) == ["Did you hear me?"]


def test_a_retry_after_a_crash_gets_the_acknowledgement_of_before(run: LocalRun) -> None:
    run.started()
    path = run.start_discussion("Once?")
    eventually(lambda: run.discussion(path)["waitingForAction"], 60)
    command = str(uuid.uuid4())
    body = {"input": "Before the crash.", "proceed": False}
    first = post(run.http_port, f"{path}/input", body, command)[1]
    os.kill(run.part("parley serve"), signal.SIGKILL)
    eventually(run.healthy)
    status, answer = post(run.http_port, f"{path}/input", body, command)
    assert status == 200
    assert answer["ack"] == first["ack"] | {"replayed": True}
    assert inputs(run, path) == ["Before the crash."]


def test_more_polls_than_open_files_allow_stop_the_start_with_one_line(run: LocalRun) -> None:
    run.environment |= {"POLLS_TOTAL": "900000"}
    assert run.refused() != 0
    line = next(line for line in (run.output + run.errors).splitlines() if "POLLS_TOTAL" in line)
    assert "900000" in line and "allowed: 1 to " in line
