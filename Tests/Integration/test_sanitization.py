"""Nothing that people or models write is in any log, however talkative it is told to be."""

import json
import uuid

from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider
from uploading import send

WORD = "Zanzibarquince"


def test_no_log_of_a_whole_run_holds_a_word_that_somebody_wrote(run: LocalRun, provider: ScriptedProvider) -> None:
    run.environment |= {
        "LOG_LEVEL": "trace", "ENABLE_VIRUS_SCAN": "false", "GROQ_API_KEY": f"gsk-{WORD}", "GROQ_BASE_URL": provider.url,
    }
    provider.says = lambda request: [f"{WORD} says the model."]
    run.started()
    status, answer = send(run, "/discussions", [("topic", None, WORD.encode()), ("files", f"{WORD}.txt", WORD.encode())])
    assert status == 201
    path = f"/discussions/{answer['ack']['discussionId']}"
    eventually(lambda: run.discussion(path)["waitingForAction"], 60)

    def command(name: str, **fields: str) -> None:
        run.request(
            "POST", f"{path}/{name}", json.dumps(fields).encode(), Accept="application/json",
            Content_Type="application/json", Idempotency_Key=f"{WORD}-{uuid.uuid4()}",
        )
        eventually(lambda: run.discussion(path)["status"] != "running", 60)

    command("input", input=f"{WORD} once more")
    command("questions")
    command("summary")
    command("input", input="x" * 6_000 + WORD)
    for target in (f"/?q={WORD}", f"/discussions/{WORD}", f"{path}?message={WORD}", f"{path}/export.md"):
        run.get(target, Referer=f"http://localhost/?q={WORD}", User_Agent=WORD, Cookie=f"a={WORD}")
    command("resolve", conclusion=f"{WORD} it is")
    provider.refuses = True
    try:
        command("reopen")
        command("proceed")
    finally:
        provider.refuses = False
    run.process.terminate()
    run.process.wait(30)
    logs = {file.name: file.read_text(errors="replace") for file in (run.var / "log").iterdir()}
    assert "request" in logs["parley.log"] and " debug " in logs["parley.log"] or "trace" in logs["parley.log"]
    # A path that leads nowhere is what a client asked for; nginx's log has it as the path that it is.
    found = [
        (name, line) for name, text in logs.items() for line in text.splitlines()
        if WORD in line and f"/discussions/{WORD}" not in line
    ]
    assert found == []
