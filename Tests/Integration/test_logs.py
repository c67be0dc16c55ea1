"""What the logs say, and what they never say, whatever people, files, models and vendors put in."""

import json
import os
import pathlib
import re
import signal
import socket
import stat
import urllib.parse
import uuid
from collections.abc import Iterable, Iterator

import pytest

from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider
from uploading import BOUNDARY, multipart, send

# In every planted word, and nowhere else.
STEM = "zqcanary"
KEYS = {
    "LOCAL_LLM_API_KEY": "local-purple-monkey-dishwasher",
    "GROQ_API_KEY": "gsk_zQ81hdk30fjwL2mcPq77rT5vXy9bN4ka",
    "OPENROUTER_API_KEY": "sk-or-v1-5f0c9b1e77a24d3cb6e8f90a1d2c3b4e",
}
SECRETS = [*KEYS.values(), "hunter2-hunter2", "4111111111111111", "4111 1111 1111 1111"]
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def word(field: str) -> str:
    """What a field is filled with: found again in any case, and telling where it came from."""
    return f"Zqcanary{field} hunter2-hunter2 {KEYS['GROQ_API_KEY']} {field}@{STEM}.example 4111 1111 1111 1111"


def model(request: dict) -> Iterable[str]:
    system = request["messages"][0]["content"]
    if "multiple-choice questions" in system:
        return (json.dumps({"questions": [
            {"text": f"Zqcanaryquestion{n} of 4111111111111111?", "options": [f"Zqcanaryoption{n}", "No"]} for n in (1, 2)
        ]}),)
    if "Sum up the discussion" in system:
        return (word("summary"),)
    if re.search(r"You are (\w+)", system):
        return word("message"), "\n\n# " + word("heading")
    verdict = {"resolved": False, "conclusion": word("verdict"), "agree": [], "dissent": [], "open_questions": []}
    return (json.dumps(verdict),)


def broken_json(request: dict) -> Iterable[str]:
    return (f'{{"questions": [{{"text": "{word("half")}", "opt',)


def logs(run: LocalRun) -> dict[pathlib.Path, str]:
    """All that was written to be read by whoever looks after the site."""
    paths = [p for p in (run.var / "log").iterdir() if p.is_file()]
    paths += [run.var / "terminal", run.var / "complaints", run.var / "data/audit.log"]
    return {path: path.read_text(errors="replace") for path in paths if path.exists()}


def leaks(run: LocalRun) -> list[str]:
    found = []
    for path, text in logs(run).items():
        for line in text.splitlines():
            if STEM in line.lower() or any(secret in line for secret in SECRETS):
                found.append(f"{path.name}: {line[:400]}")
    return found


def waits(run: LocalRun, path: str) -> dict:
    return eventually(lambda: (d := run.discussion(path))["waitingForAction"] and d, 60, f"{path} waits")


def act(run: LocalRun, path: str, body: dict | bytes, expected: int, **headers: str) -> dict:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Accept": "application/json", "Content_Type": "application/json",
               "Idempotency_Key": str(uuid.uuid4())} | headers
    status, _, answer = run.request("POST", path, data, **headers)
    assert status == expected, answer
    return json.loads(answer)


def pdf(words: str) -> bytes:
    """One that pdftotext complains about."""
    return b"%PDF-1.4\n" + f"1 0 obj << /{words} (".encode() + b"\xff" * 40 + b"\ntrailer << /Root 9 0 R >>\n%%EOF"


@pytest.fixture(params=["text", "json"])
def talkative(request: pytest.FixtureRequest, run: LocalRun, provider: ScriptedProvider) -> Iterator[LocalRun]:
    (run.var / "signatures").mkdir()
    (run.var / "signatures/eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    run.environment |= KEYS | {
        "LOG_LEVEL": "trace", "LOG_FORMAT": request.param, "GROQ_BASE_URL": provider.url,
        "OPENROUTER_BASE_URL": provider.url, "RATE_LIMIT_UPLOADS": "6", "LIMIT_REQ": "400",
        "SCAN_ENGINE": "libclamav", "CLAMAV_DATABASE_DIR": str(run.var / "signatures"),
    }
    provider.says = model
    provider.model_name = word("model")
    yield run.started()


def test_no_log_holds_anybodys_words_or_any_secret(talkative: LocalRun, provider: ScriptedProvider) -> None:
    run = talkative
    people(run)
    files(run)
    vendors(run, provider)
    search_while_nobody_answers(run)
    too_much(run)
    # nginx writes its access log once a second.
    last = uuid.uuid4().hex
    run.get(f"/discussions/{last}")
    eventually(lambda: last in (run.var / "log/access.log").read_text() and last in (run.var / "log/parley.log").read_text())

    texts = logs(run)
    # What was looked through is what was written, at its most talkative.
    assert "a provider failed" in texts[run.var / "log/parley.log"]
    assert "a file was refused" in texts[run.var / "log/parley.log"]
    assert "rate-limited" in texts[run.var / "data/audit.log"] and "file-refused" in texts[run.var / "data/audit.log"]
    assert " 502 " in texts[run.var / "log/access.log"] and " 429 " in texts[run.var / "log/access.log"]
    assert leaks(run) == []


def people(run: LocalRun) -> None:
    headers = {
        "Referer": f"http://127.0.0.1/{STEM}?{urllib.parse.quote(word('referrer'))}", "User_Agent": word("agent"),
        "Cookie": f"parley_session={STEM}hunter2-hunter2; x={STEM}", "Authorization": f"Bearer {STEM}hunter2-hunter2",
        "Accept_Language": word("language"), "X_Request_Id": word("request"),
    }
    path = act(run, "/discussions", {"topic": word("topic"), word("field"): word("value")}, 201, **headers)
    path = f"/discussions/{path['ack']['discussionId']}"
    waits(run, path)
    act(run, f"{path}/input", {"input": word("input")}, 200, **headers)
    waits(run, path)
    act(run, f"{path}/questions", {}, 200)
    questions = waits(run, path)["rounds"][-1]["questionSet"]["questions"]
    answers = [{"question": q["id"], "options": [q["options"][0]["id"]], "text": word("answer")} for q in questions]
    act(run, f"{path}/answers", {"round": waits(run, path)["rounds"][-1]["number"], "answers": answers}, 200)
    waits(run, path)
    act(run, f"{path}/summary", {}, 200)
    waits(run, path)
    act(run, f"{path}/resolve", {"conclusion": word("conclusion")}, 200)

    # What is refused is not told of either.
    act(run, "/discussions", {"topic": word("topic") * 100}, 400)
    act(run, "/discussions", {"topic": word("topic"), "place": word("place")}, 400)
    act(run, "/discussions", {"topic": word("topic")}, 400, Idempotency_Key=word("id"))
    act(run, "/discussions", f'{{"topic": "{word("json")}'.encode(), 400)
    act(run, f"{path}/answers", f'{{"round": "{word("json")}"}}'.encode(), 400)
    act(run, "/discussions", b"topic=\xff" + STEM.encode(), 400, Content_Type="application/x-www-form-urlencoded")
    act(run, "/discussions", STEM.encode(), 400, Content_Type=f"multipart/form-data; boundary={STEM}")
    act(run, f"{path}/input", {"input": word("input")}, 403, Origin=f"http://{STEM}.example")
    quoted = urllib.parse.quote(word("query"))
    for page in (f"/?q={quoted}", f"/?q=%22{quoted}*%22%20AND%20(", f"/?topic={quoted}", f"/?before={quoted}",
                 f"{path}?round={quoted}", f"{path}/events?after={quoted}", f"{path}/events?after=0&wait=0&client={quoted}",
                 f"/events?after=0&wait=0&consumer={STEM}", f"/nowhere?{quoted}", f"/assets/none.css?v={quoted}",
                 f"{path}/export.md?round={quoted}", f"{path}/export.html?{quoted}", f"{path}/providers?{quoted}"):
        run.get(page, **headers)
    run.get("/", Host=f"{STEM}.example")
    assert run.get(f"/?q={quoted}", X_Forwarded_For=word("forwarded"), Forwarded=f"for={STEM}")[0] == 403
    secret = urllib.parse.urlencode({"name": word("person"), "password": word("password"), "next": f"/{STEM}"})
    act(run, "/signin", secret.encode(), 404, Content_Type="application/x-www-form-urlencoded")
    forged = urllib.parse.urlencode({"input": word("input"), "form_token": STEM, "command_id": str(uuid.uuid4())})
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert run.request("POST", f"{path}/input", forged.encode(), **form)[0] == 403
    run.request("DELETE", f"{path}?{quoted}")
    with socket.create_connection(("127.0.0.1", run.http_port)) as raw:
        raw.sendall(f"GET /?q={STEM} HTTP/1.1\r\nHost: {STEM}\r\n{STEM} : x\r\n{STEM}\r\n\r\n".encode())
        raw.recv(100)
    with socket.create_connection(("127.0.0.1", run.http_port)) as raw:
        raw.sendall(f"GET /?q={STEM} HTTP/1.1\r\nHost: localhost\r\nX: {'z' * 90_000}{STEM}\r\n\r\n".encode())
        raw.recv(100)


def files(run: LocalRun) -> None:
    topic = ("topic", None, word("topic").encode())
    for name, content, expected in (
        (f"{word('name')}.txt", word("content").encode() * 50, 201), (f"{STEM}.pdf", pdf(STEM), (201, 415)),
        (f"{STEM}.bin", b"\x00\x01" + STEM.encode(), 415), (f"{STEM}.com", EICAR, 422),
        (f"{STEM}.csv", f"a,b\n{word('cell')},\xff\n".encode("latin-1"), 415),
    ):
        status, answer = send(run, "/discussions", [topic, ("files", name, content)])
        assert status in (expected if isinstance(expected, tuple) else (expected,)), answer
        if status == 201:
            waits(run, f"/discussions/{answer['ack']['discussionId']}")
    # One more than RATE_LIMIT_UPLOADS.
    send(run, "/discussions", [topic, ("files", f"{STEM}.txt", b"x" + STEM.encode())])
    status, answer = send(run, "/discussions", [topic, ("files", f"{STEM}.txt", b"y" + STEM.encode())])
    assert (status, answer["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED"), answer


def vendors(run: LocalRun, provider: ScriptedProvider) -> None:
    envelope = json.dumps({"error": {"message": word("error"), "type": f"{STEM}_type", "code": f"{STEM}_code"}}).encode()
    headers = {"Content-Type": "application/json", "X-Request-Id": word("vendor"), "Set-Cookie": f"a={STEM}",
               "Location": f"http://{STEM}.example/", "WWW-Authenticate": word("realm")}
    stream = f"data: {STEM}\n\ndata: {{\"{word('stream')}\n\n".encode()
    late = b"data: " + envelope + b"\n\n"
    for status, body, more in (
        (400, envelope, {}), (401, envelope, {}), (402, envelope, {}), (403, envelope, {}), (404, envelope, {}),
        (301, envelope, {}), (413, envelope, {}), (200, word("page").encode(), {"Content-Type": f"text/{STEM}"}),
        (200, stream, {"Content-Type": "text/event-stream"}), (200, late, {"Content-Type": "text/event-stream"}),
        (400, STEM.encode() * 5_000, {"Content-Type": STEM}),
    ):
        # Every provider of the chain, and its further tries.
        provider.failures = [(status, headers | more, body)] * 9
        path = f"/discussions/{act(run, '/discussions', {'topic': word('topic')}, 201)['ack']['discussionId']}"
        waits(run, path)
        provider.failures = []
    path = f"/discussions/{act(run, '/discussions', {'topic': word('topic')}, 201)['ack']['discussionId']}"
    waits(run, path)
    provider.says = broken_json
    if run.discussion(path)["rounds"][0]["complete"]:
        act(run, f"{path}/questions", {}, 200)
        waits(run, path)
    provider.says = model


def search_while_nobody_answers(run: LocalRun) -> None:
    os.kill(run.process.pid, signal.SIGSTOP)
    try:
        os.kill(run.part(" serve"), signal.SIGKILL)
        quoted = urllib.parse.quote(word("lost"))
        eventually(lambda: run.get(f"/?q={quoted}", Referer=f"http://127.0.0.1/?q={STEM}")[0] == 502)
        status, _, _ = run.request("POST", f"/discussions?{quoted}", word("body").encode())
        assert status == 502
    finally:
        os.kill(run.process.pid, signal.SIGCONT)
    eventually(run.healthy)


def too_much(run: LocalRun) -> None:
    # Faster than LIMIT_REQ and its burst, on one connection: the icon is nginx's own, and counts.
    with socket.create_connection(("127.0.0.1", run.http_port)) as raw:
        raw.settimeout(30)
        for path, times in (("/favicon.ico", 900), ("/", 20)):
            request = f"GET {path}?q={STEM} HTTP/1.1\r\nHost: localhost\r\nReferer: {STEM}\r\n\r\n"
            raw.sendall(request.encode() * times)
        seen = b""
        while b" 429 " not in seen:
            piece = raw.recv(1 << 16)
            assert piece, "no limit was met"
            seen = seen[-100:] + piece


def test_a_requests_id_leads_from_nginxs_log_to_what_the_engine_did(run: LocalRun, provider: ScriptedProvider) -> None:
    run.environment |= {"LOG_FORMAT": "json"}
    run.started()
    provider.refuses = True
    try:
        path = run.start_discussion("Who asked for this?")
        eventually(lambda: run.discussion(path)["waitingForAction"], 60)
    finally:
        provider.refuses = False
    access = eventually(lambda: re.search(r"POST /discussions HTTP/1.1 201 .* (\w{32})\n", (run.var / "log/access.log").read_text()))
    lines = [json.loads(line) for line in (run.var / "log/parley.log").read_text().splitlines()]
    told = [line["message"] for line in lines if line.get("request") == access[1]]
    assert {"request", "a provider failed", "a step found no provider"} <= set(told), told
    audit = [json.loads(line) for line in (run.var / "data/audit.log").read_text().splitlines()]
    [entry] = [line for line in audit if line.get("request") == access[1]]
    assert (entry["event"], entry["command"], entry["id"]) == ("command", "start-dialogue", path.rpartition("/")[2])


def test_everything_that_is_kept_is_its_owners_alone(run: LocalRun) -> None:
    run.environment |= {"ENABLE_VIRUS_SCAN": "false"}
    run.started()
    status, answer = send(run, "/discussions", [("topic", None, b"What is in it?"), ("files", "a.txt", b"words")])
    assert status == 201
    waits(run, f"/discussions/{answer['ack']['discussionId']}")
    data = run.var / "data"
    eventually(lambda: list((data / "backups").rglob("manifest.json")) or list((data / "backups").rglob("*.sqlite")), 60)
    wrong, seen = [], 0
    for path in [data, *data.rglob("*"), run.var / "run/parley.sock"]:
        mode = path.lstat().st_mode
        seen += 1
        # nginx hands files out, so its group may read them, and enter the directory that they lie in.
        # It also writes to the socket, whose directory is closed here.
        group = 0o060 if path.name == "parley.sock" else 0o050 if path == data / "files" else 0o040 if path.parent == data / "files" else 0
        if stat.S_IMODE(mode) & (0o077 & ~group):
            wrong.append(f"{stat.filemode(mode)} {path.relative_to(run.var)}")
    assert seen > 10 and wrong == []
