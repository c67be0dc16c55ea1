"""A real model server of the house, llama.cpp: what it streams, counts, and says of a prompt that is too long."""

import json
import pathlib
import subprocess
import uuid
from collections.abc import Iterator

import pytest

from local_run import ROOT, LocalRun, eventually, free_port

MODEL = ROOT / "var/demo-model"
# For two answers at once: half of it each.
CONTEXT = 3072


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    """A run whose provider is llama.cpp with a small context, of which Parley knows nothing beforehand."""
    MODEL.mkdir(parents=True, exist_ok=True)
    if not (MODEL / "ready").exists():
        subprocess.run([ROOT / "tools/demo-model-install", MODEL], check=True, capture_output=True, timeout=600)
    port = free_port()
    log = open(tmp_path_factory.mktemp("model") / "log", "w")
    server = subprocess.Popen(
        [MODEL / "venv/bin/python", ROOT / "tools/demo-model.py", MODEL / "model.gguf", str(port), str(CONTEXT)],
        stdout=log, stderr=subprocess.STDOUT,
    )
    run = LocalRun(f"http://127.0.0.1:{port}/v1")
    run.environment |= {
        "LOCAL_LLM_MODEL": "SmolLM2-135M-Instruct", "MAX_TOKENS": "120", "DISCUSSION_TOKEN_LIMIT": "1000000",
    }
    try:
        eventually(lambda: "ready at" in pathlib.Path(log.name).read_text() or server.poll() is not None, 60)
        assert server.poll() is None, pathlib.Path(log.name).read_text()
        yield run.started()
    finally:
        run.stop()
        server.terminate()
        server.wait(30)


def post(run: LocalRun, path: str, fields: dict) -> None:
    status, _, body = run.request(
        "POST", path, json.dumps(fields).encode(), Accept="application/json",
        Content_Type="application/json", Idempotency_Key=str(uuid.uuid4()),
    )
    assert status == 200, body


def settled(run: LocalRun, path: str) -> dict:
    return eventually(lambda: (d := run.discussion(path))["status"] != "running" and d, 240)


def events(run: LocalRun, path: str) -> list[dict]:
    found: list[dict] = []
    while True:
        after = found[-1]["id"] if found else 0
        answer = json.loads(run.get(f"{path}/events?after={after}&wait=0")[2])
        if not answer["events"]:
            return found
        found += answer["events"]


def test_a_real_server_streams_counts_and_is_summed_up_for_when_its_context_overflows(house: LocalRun) -> None:
    path = house.start_discussion("Should a village keep its small library?")
    discussion = settled(house, path)
    for message in discussion["rounds"][0]["messages"]:
        assert message["content"] and message["provider"] == "local" and not message["fallback"]
        assert message["promptTokens"] > 50 and 0 < message["completionTokens"] <= 120
        assert message["timeToFirstTokenMs"] <= message["durationMs"]
    chunks = [e for e in events(house, path) if e["type"] == "message-chunk"]
    first = discussion["rounds"][0]["messages"][0]["id"]
    assert len([c for c in chunks if c["data"]["messageId"] == first]) > 1, "it came all at once"

    # Each remark is a quarter of the context that one answer has.
    remark = "The reading room matters more to the children than the books do. " * 24
    for _ in range(6):
        if discussion["summaries"]:
            break
        if discussion["status"] == "resolved":
            post(house, f"{path}/reopen", {})
        post(house, f"{path}/input", {"input": remark})
        discussion = settled(house, path)
    assert discussion["summaries"], "the context never overflowed"
    assert all(m["provider"] == "local" for r in discussion["rounds"] for m in r["messages"])
    assert discussion["rounds"][-1]["complete"]
    told = events(house, path)
    assert not [e for e in told if e["type"] == "error"]
    # The summary was written because the server refused the prompt, in the middle of a round.
    assert [e for e in told if e["type"] == "summary-created" and e["data"]["activity"] == "round"]
    log = (house.var / "log/parley.log").read_text()
    assert "a prompt was too long" in log
