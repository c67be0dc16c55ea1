"""Vendors that fail: what people are told, what is kept, and what must never be seen."""

import http.server
import json
import threading
import uuid
from collections.abc import Callable, Iterator

import pytest

from local_run import LocalRun, eventually

KEYS = {"GROQ": "gsk_groqsecret1", "MISTRAL": "mi-stralsecret2", "OPENROUTER": "sk-or-openroutersecret3"}


class Vendors:
    """Three vendors on one port, by the path's first part: each answers as `answer` says, 503 without it."""

    def __init__(self) -> None:
        self.answer: Callable[[str, dict, str], tuple[int, str, bytes]] | None = None
        self.asked: list[str] = []
        vendors = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments: object) -> None:
                pass

            def do_GET(self) -> None:
                self.reply(200, "application/json", b'{"object":"list","data":[]}')

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                vendor = self.path.split("/")[1]
                vendors.asked.append(vendor)
                answer = vendors.answer or (lambda *_: (503, "application/json", b"{}"))
                self.reply(*answer(vendor, request, self.headers["Authorization"]))

            def reply(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def says(text: str) -> bytes:
    chunk = {"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\ndata: [DONE]\n\n"


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    vendors = Vendors()
    yield vendors
    vendors.server.shutdown()
    vendors.server.server_close()


@pytest.fixture
def run(vendors: Vendors) -> Iterator[LocalRun]:
    run = LocalRun()
    for name, key in KEYS.items():
        run.environment |= {
            f"{name}_API_KEY": key, f"{name}_BASE_URL": f"{vendors.url}/{name.lower()}/v1",
            f"LLM_TIMEOUT_{name}": "5000",
        }
    run.environment["LOG_LEVEL"] = "trace"
    yield run
    run.stop()


def post(run: LocalRun, path: str) -> int:
    return run.request(
        "POST", path, b"{}", Accept="application/json", Content_Type="application/json",
        Idempotency_Key=str(uuid.uuid4()),
    )[0]


def settled(run: LocalRun, path: str) -> dict:
    return eventually(lambda: (d := run.discussion(path))["status"] != "running" and d, 60)


def test_when_all_are_down_the_table_waits_and_try_again_goes_on_at_the_same_seat(run: LocalRun, vendors: Vendors) -> None:
    vendors.answer = lambda vendor, request, key: (
        (200, "text/event-stream", says("I speak first."))
        if "You are Analyzer" in json.dumps(request) else (503, "application/json", b"{}")
    )
    run.started()
    path = run.start_discussion("Who speaks when nobody can?")
    stuck = settled(run, path)
    assert stuck["waitingForAction"] and not stuck["rounds"][0]["complete"]
    assert [m["content"] for m in stuck["rounds"][0]["messages"] if m["finished"]] == ["I speak first."]
    page = run.get(path)[2].decode()
    for vendor in ("Groq", "Mistral", "OpenRouter"):
        assert f"{vendor} has trouble of its own just now (error 503)." in page
    assert "What was said so far is kept." in page and ">Try again</button>" in page
    status = run.get("/status")[2].decode()
    assert "Discussions can be held, but not everything answers." in status
    assert b'parley_provider_failures_total{provider="groq"} 3.0' in run.get("/metrics")[2]

    vendors.answer = lambda *_: (200, "text/event-stream", says("Here I am."))
    assert post(run, f"{path}/proceed") == 200
    after = settled(run, path)
    assert len(after["rounds"]) == 1 and after["rounds"][0]["complete"]
    assert [m["content"] for m in after["rounds"][0]["messages"]] == ["I speak first.", "Here I am.", "Here I am."]
    assert after["rounds"][0]["messages"][0] == stuck["rounds"][0]["messages"][0]


def test_a_model_that_is_gone_is_told_with_the_setting_to_change(run: LocalRun, vendors: Vendors) -> None:
    gone = json.dumps({"error": {"message": "The model does not exist", "code": "model_not_found"}}).encode()
    vendors.answer = lambda *_: (404, "application/json", gone)
    run.started()
    settled(run, path := run.start_discussion("Which model?"))
    page = run.get(path)[2].decode()
    for name in KEYS:
        assert f"choose another one in {name}_MODEL" in page
    # A refusal of this kind is not tried again.
    assert vendors.asked == ["mistral", "groq", "openrouter"]


def test_keys_are_in_no_log_event_error_or_page(run: LocalRun, vendors: Vendors) -> None:
    faults = [
        # The worst vendor: it repeats the key wherever it can.
        lambda key: (401, "application/json", json.dumps({"error": {"message": f"bad {key}", "code": key}}).encode()),
        lambda key: (400, "application/json", json.dumps({"error": {"message": key, "type": key}}).encode()),
        lambda key: (429, "text/plain", f"too much {key}".encode()),
        lambda key: (500, "text/html", f"<h1>{key}</h1>".encode()),
        lambda key: (302, "text/plain", key.encode()),
        lambda key: (200, "text/event-stream", f'data: {{"error":{{"message":"{key}","code":"{key}"}}}}\n\n'.encode()),
        lambda key: (200, "text/event-stream", f"data: {{oops {key}\n\n".encode()),
        lambda key: (200, "text/html", f"<p>{key}".encode()),
    ]
    fault = {"now": faults[0]}
    vendors.answer = lambda vendor, request, key: fault["now"](key.removeprefix("Bearer "))
    run.started()
    seen: list[bytes] = []
    for number, fault["now"] in enumerate(faults):
        path = run.start_discussion(f"Fault {number}?")
        settled(run, path)
        for address in (path, f"{path}/events?after=0&wait=0", f"{path}/export.md", f"{path}/export.json"):
            seen.append(run.get(address)[2])
        seen.append(run.get(path, Accept="application/json")[2])
    assert {"groq", "mistral", "openrouter"} <= set(vendors.asked)
    for address in ("/", "/status", "/health", "/metrics", "/costs"):
        seen.append(run.get(address)[2])
    run.process.terminate()
    run.process.wait(30)
    run.read()
    seen += [run.output.encode(), run.errors.encode()]
    files = [file for file in run.var.rglob("*") if file.is_file() and "demo-model" not in file.parts]
    assert any("a provider failed" in file.read_text(errors="replace") for file in files if file.suffix == ".log")
    for name, key in KEYS.items():
        for text in seen:
            assert key.encode() not in text, f"{name}'s key in {text[:200]!r}"
        for file in files:
            assert key.encode() not in file.read_bytes(), f"{name}'s key in {file}"


def test_at_its_cost_limit_a_discussion_waits_and_says_what_to_do(run: LocalRun, vendors: Vendors) -> None:
    vendors.answer = lambda *_: (200, "text/event-stream", says("Dear words. " * 50))
    for name in KEYS:
        run.environment |= {f"PRICE_{name}_INPUT": "100", f"PRICE_{name}_OUTPUT": "1000"}
    run.environment |= {"DISCUSSION_COST_LIMIT": "0.30"}
    run.started()
    assert "An estimate: the first round costs about $" in run.get("/")[2].decode()
    path = run.start_discussion("What may it cost?")
    discussion = settled(run, path)
    spoken = [m for m in discussion["rounds"][0]["messages"] if m["finished"]]
    assert 0 < len(spoken) < 3 and discussion["cost"]["usd"] >= 0.30
    assert all(m["cost"] > 0 for m in spoken)
    page = run.get(path)[2].decode()
    assert "reached its limit of $0.30 (DISCUSSION_COST_LIMIT)" in page
    assert post(run, f"{path}/proceed") == 409
    assert run.discussion(path) == discussion
    costs = json.loads(run.get("/costs", Accept="application/json")[2])
    assert costs["discussionLimit"] == 0.3 and costs["today"]["usd"] == pytest.approx(discussion["cost"]["usd"])
