"""`parley ask` and `parley watch` as people and scripts run them, against a whole local run."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from local_run import BINARY, LocalRun, eventually, free_port
from scripted_provider import HOLD, ScriptedProvider, in_two_halves

ESCAPES = "\x1b]0;title\x07\x1b[2Jred\x1b[31m \u202e\x9b1A"


@pytest.fixture(autouse=True)
def well(provider: ScriptedProvider) -> Iterator[None]:
    """What is said where a test does not care; afterwards it is the provider of all again."""
    provider.says = lambda _: ["Well."]
    yield
    provider.says = in_two_halves
    provider.release.set()


def environment(site: LocalRun | None, **more: str) -> dict[str, str]:
    """A shell in which nothing of ours is set but where the local run is."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_") and k != "NO_COLOR"}
    return clean | ({"PARLEY_HTTP_PORT": str(site.http_port)} if site else {}) | more


def parley(*arguments: str, site: LocalRun | None = None, give: str = "", **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BINARY, *arguments], env=environment(site, **more), input=give, capture_output=True, text=True, timeout=60
    )


class Following:
    """A command that runs on, its output read as it comes."""

    def __init__(self, site: LocalRun, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [BINARY, *arguments], env=environment(site), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        self.output = self.errors = b""
        for name, pipe in (("output", self.process.stdout), ("errors", self.process.stderr)):
            threading.Thread(target=self.read, args=(name, pipe), daemon=True).start()

    def read(self, name: str, pipe: object) -> None:
        while piece := os.read(pipe.fileno(), 65536):
            setattr(self, name, getattr(self, name) + piece)

    def says(self, words: str) -> None:
        eventually(lambda: words in self.output.decode(errors="replace"), 30, f"{words!r} in the output")

    def __enter__(self) -> "Following":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def events_of(site: LocalRun, path: str) -> list[str]:
    """Each event's text, as the site sends it."""
    found, cursor = [], 0
    while True:
        status, _, body = site.get(f"{path}/events?after={cursor}&wait=0")
        assert status == 200
        answer = json.loads(body)
        if not answer["events"]:
            return found
        found += re.findall(r'\{"id":\d+,"type":.*?(?=,\{"id":\d+,"type":|\]\}\n$)', body.decode())
        cursor = answer["cursor"]


def act(site: LocalRun, path: str, action: str) -> None:
    status, _, body = site.request(
        "POST", f"{path}/{action}", b"{}", Accept="application/json", Content_Type="application/json",
        Idempotency_Key=f"{action}-{path}",
    )
    assert status == 200, body


def was_told(output: str, sent: list[str]) -> None:
    """Every event once, in order, byte for byte; chunks may be gone from the log since."""
    told = output.splitlines()
    kept = set(sent)
    assert [line for line in told if line in kept] == sent
    assert {json.loads(line)["type"] for line in told if line not in kept} <= {"message-chunk"}
    ids = [json.loads(line)["id"] for line in told]
    assert ids == sorted(set(ids)) and output.endswith("}\n")


def path_in(output: str) -> str:
    return re.search(r"/discussions/[a-z0-9]+", output).group()


def test_files_are_put_on_the_table(site: LocalRun, provider: ScriptedProvider, tmp_path: pathlib.Path) -> None:
    plan = tmp_path / "plan.txt"
    plan.write_text("Lend hammers first.")
    asked = parley("ask", "What does it say?", "--file", str(plan), "--no-follow", "--json", site=site)
    assert asked.returncode == 0, asked.stderr
    ack = json.loads(asked.stdout)["ack"]
    found = site.discussion(f"/discussions/{ack['discussionId']}")
    assert [(f["name"], f["type"], f["size"]) for f in found["files"]] == [("plan.txt", "text/plain", 19)]
    refused = parley("ask", "And this?", "--file", str(tmp_path), site=site)
    assert refused.returncode == 64 and "cannot be read" in refused.stderr
    missing = parley("ask", "And this?", "--file", str(tmp_path / "none.txt"), site=site)
    assert missing.returncode == 64 and "is not there" in missing.stderr


def test_ask_prints_who_speaks_and_ends_when_it_is_the_persons_turn(site: LocalRun, provider: ScriptedProvider) -> None:
    provider.says = lambda _: ["Lend ", "them.\n\nGladly" + ESCAPES + "."]
    asked = parley("ask", "Should a small library lend tools?", site=site)
    assert asked.returncode == 0, asked.stderr
    assert asked.stderr == ""
    page = site.url + path_in(asked.stdout)
    speech = "(local · scripted-1)\n  Lend them.\n\n  Gladly0;titlered .\n"
    assert asked.stdout == (
        f"{page}\n\nTopic:\n  Should a small library lend tools?\n\nRound 1\n\n"
        + "\n".join(f"{persona} {speech}" for persona in ("Analyzer", "Solver", "Moderator"))
        + f"\nRound 1 is complete.\nIt is your turn: {page}\n"
    )


def test_ask_ends_with_the_conclusion_when_the_table_agrees(site: LocalRun, provider: ScriptedProvider) -> None:
    verdict = {
        "resolved": True, "conclusion": "Start *small*.", "agree": ["Analyzer", "Solver", "Moderator"],
        "dissent": [], "open_questions": ["When?"],
    }
    provider.says = lambda request: (
        [json.dumps(verdict)] if "You judge whether" in request["messages"][0]["content"] else ["Lend them."]
    )
    asked = parley("ask", "Lend tools?", site=site)
    assert asked.returncode == 0, asked.stderr
    assert "It is your turn" not in asked.stdout
    assert asked.stdout.endswith(
        "Round 1 is complete.\n\nConclusion:\n  Start *small*.\n\nOpen questions:\n  - When?\n\n"
        f"Resolved: {site.url}{path_in(asked.stdout)}\n"
    )


def test_ask_reads_a_topic_from_standard_input(site: LocalRun) -> None:
    asked = parley("ask", "-", "--no-follow", "--place", "house", site=site, give="Lend\ntools?\n")
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout == site.url + path_in(asked.stdout) + "\n"
    discussion = site.discussion(path_in(asked.stdout))
    assert (discussion["topic"], discussion["place"]) == ("Lend\ntools?", "house")


def test_json_is_each_event_as_it_was_sent_and_nothing_else(site: LocalRun, provider: ScriptedProvider) -> None:
    provider.says = lambda _: ["\u009b2J \U0001F600 \u202e"]
    asked = parley("ask", "Lend tools?", "--json", site=site)
    assert (asked.returncode, asked.stderr) == (0, "")
    sent = events_of(site, "/discussions/" + json.loads(asked.stdout.split("\n")[0])["discussionId"])
    was_told(asked.stdout, sent)
    assert [json.loads(line)["type"] for line in sent][-1] == "round-complete"


def test_watch_tells_a_discussion_from_its_beginning(site: LocalRun, provider: ScriptedProvider) -> None:
    provider.says = lambda _: ["Lend them."]
    path = path_in(parley("ask", "Lend tools?", site=site).stdout)
    discussion = path.rpartition("/")[2]
    watched = parley("watch", discussion, "--until-waiting", site=site)
    assert watched.returncode == 0
    speech = "(local · scripted-1)\n  Lend them.\n"
    assert watched.stdout == (
        "Topic:\n  Lend tools?\n\nRound 1\n\n"
        + "\n".join(f"{persona} {speech}" for persona in ("Analyzer", "Solver", "Moderator"))
        + f"\nRound 1 is complete.\nIt is your turn: {site.url}{path}\n"
    )
    by_page = parley("watch", f"{site.url}{path}/live?x=1", "--until-waiting")
    assert by_page.stdout == watched.stdout
    sent = events_of(site, path)
    later = parley("watch", discussion, "--json", "--until-waiting", "--after", str(json.loads(sent[3])["id"]), site=site)
    assert later.stdout == "".join(line + "\n" for line in sent[4:])
    newest = str(json.loads(sent[-1])["id"])
    assert parley("watch", discussion, "--json", "--until-waiting", "--after", newest, site=site).stdout == ""


def test_a_cursor_ahead_of_the_log_begins_anew(site: LocalRun) -> None:
    path = path_in(parley("ask", "Lend tools?", site=site).stdout)
    watched = parley("watch", path.rpartition("/")[2], "--until-waiting", "--after", "4000000000", site=site)
    assert watched.returncode == 0
    assert "the discussion as it stands now" in watched.stderr
    assert watched.stdout.endswith(f"It is your turn: {site.url}{path}\n")


def test_watch_misses_and_repeats_nothing_when_the_responder_is_killed(
    run: LocalRun, provider: ScriptedProvider
) -> None:
    run.started()
    provider.says = lambda _: ["The beginning ", HOLD, "and the end."]
    provider.release.clear()
    path = run.start_discussion("Lend tools?")
    discussion = path.rpartition("/")[2]
    with Following(run, "watch", discussion, "--json") as events, Following(run, "watch", discussion) as words:
        for kill in range(3):
            # It speaks, for the first time or anew.
            eventually(lambda: events.output.count(b'"type":"message-chunk"') > kill, 30, "words")
            told = words.errors.count(b"parley: back\n")
            os.kill(run.part("parley serve"), signal.SIGKILL)
            eventually(lambda: words.errors.count(b"parley: back\n") > told, 30, "back")
        # The last try, too, has begun before the others may say something else.
        eventually(lambda: words.output.count(b"  The beginning ") == 4, 30, "the last beginning")
        provider.says = lambda _: ["All of it, ", "said at once."]
        provider.release.set()
        eventually(lambda: run.discussion(path)["waitingForAction"], 60)
        words.says("It is your turn")
        sent = events_of(run, path)
        eventually(lambda: sent[-1].encode() + b"\n" in events.output, 10, "all events")
        was_told(events.output.decode(), sent)
    assert b"connection lost (" in words.errors and b"back\n" in events.errors
    spoken = words.output.decode()
    assert spoken.count("Analyzer begins anew (local · scripted-1)\n  The beginning ") == 3
    for persona in ("Solver", "Moderator"):
        assert spoken.count(f"{persona} (local · scripted-1)\n  All of it, said at once.\n") == 1


def test_watch_goes_on_when_the_whole_site_was_away(run: LocalRun) -> None:
    run.started()
    path = path_in(parley("ask", "Lend tools?", site=run).stdout)
    with Following(run, "watch", path.rpartition("/")[2]) as watch:
        watch.says("It is your turn")
        run.process.terminate()
        run.process.wait(30)
        eventually(lambda: b"parley: connection lost (" in watch.errors, 30, "lost")
        run.started()
        eventually(lambda: watch.errors.endswith(b"parley: back\n"), 60, "back")
        act(run, path, "proceed")
        watch.says("Round 2 is complete.")
        assert watch.output.count(b"Round 1 is complete.") == 1
        assert watch.errors.count(b"\n") == 2


def test_watch_goes_on_until_the_discussion_is_deleted(site: LocalRun) -> None:
    path = path_in(parley("ask", "Lend tools?", site=site).stdout)
    with Following(site, "watch", path.rpartition("/")[2]) as watch:
        watch.says("It is your turn")
        act(site, path, "delete")
        assert watch.process.wait(30) == 0
        watch.says("Deleted.\n")
    gone = parley("watch", path.rpartition("/")[2], site=site)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith("parley: There is no such discussion here.")


def test_a_step_that_fails_is_status_4(provider: ScriptedProvider) -> None:
    run = LocalRun(provider.url)
    try:
        run.started()
        provider.refuses = True
        words = parley("ask", "Lend tools?", site=run)
        assert words.returncode == 4, words.stdout
        assert "\nFailed: " in words.stdout and words.stdout.count("Failed: ") == 1
        events = parley("ask", "Lend tools?", "--json", site=run)
        assert events.returncode == 4
        last = json.loads(events.stdout.splitlines()[-1])
        assert last["type"] == "error"
        assert events.stderr == f"parley: {last['data']['message']} ({last['data']['code']})\n"
    finally:
        provider.refuses = False
        run.stop()


def test_a_refusal_is_status_1_and_the_sites_words(site: LocalRun) -> None:
    refused = parley("ask", "x", site=site)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "topic" in refused.stderr and refused.stderr.startswith("parley: ") and refused.stderr.count("\n") == 1


def test_a_site_that_is_not_there_is_status_3() -> None:
    port = free_port()
    asked = parley("ask", "Lend tools?", PARLEY_HTTP_PORT=str(port))
    assert (asked.returncode, asked.stdout) == (3, "")
    assert asked.stderr.count("trying again") == 3
    assert f"no Parley at http://127.0.0.1:{port}: connection refused (tried 4 times)" in asked.stderr
    watched = parley("watch", "abc", PARLEY_URL=f"http://127.0.0.1:{port}", PARLEY_TOKEN="secret-token")
    assert watched.returncode == 3
    assert str(port) not in watched.stderr and "secret-token" not in watched.stderr


@pytest.mark.parametrize(
    "arguments, more",
    [
        (["ask"], {}),
        (["ask", "Lend tools?", "--place", "mars"], {}),
        (["watch", "../x"], {}),
        (["watch", "abc", "--after", "-1"], {}),
        (["watch", "abc"], {"PARLEY_URL": "http://ann:secret-word@127.0.0.1/"}),
        (["watch", "abc"], {"PARLEY_TOKEN": "secret-word with spaces"}),
        (["watch", "http://elsewhere.example/discussions/abc"], {"PARLEY_TOKEN": "secret-word"}),
    ],
)
def test_a_wrong_command_line_is_status_64(arguments: list[str], more: dict[str, str]) -> None:
    wrong = parley(*arguments, **more)
    assert (wrong.returncode, wrong.stdout) == (64, "")
    assert "secret-word" not in wrong.stderr


def shell(command: str, site: LocalRun, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", "-c", command], env=environment(site, PARLEY=str(BINARY), **more), capture_output=True, text=True,
        timeout=60,
    )


def test_it_ends_quietly_when_its_reader_has_gone(site: LocalRun) -> None:
    path = path_in(parley("ask", "Lend tools?", site=site).stdout)
    # Nothing more happens in this discussion: without an end of its own it would hang.
    head = shell(f'"$PARLEY" watch {path.rpartition("/")[2]} --json | head -1; echo ${{PIPESTATUS[0]}}', site)
    first, status = head.stdout.splitlines()
    assert json.loads(first)["type"] == "discussion-started"
    assert (status, head.stderr) == ("141", "")
    closed = shell('"$PARLEY" ask "Lend tools?" >&-; echo $? >&2', site)
    assert (closed.stdout, closed.stderr) == ("", "0\n")


def test_a_full_disk_is_told(site: LocalRun) -> None:
    full = shell('"$PARLEY" ask "Lend tools?" >/dev/full', site)
    assert (full.returncode, full.stderr) == (1, "parley: cannot write: No space left on device\n")


def test_ctrl_c_is_status_130_and_leaves_the_discussion_running(site: LocalRun, provider: ScriptedProvider) -> None:
    provider.says = lambda _: ["The beginning ", HOLD, "and the end."]
    provider.release.clear()
    with Following(site, "ask", "Lend tools?") as ask:
        ask.says("The beginning")
        ask.process.send_signal(signal.SIGINT)
        # Ended by the signal itself, which a shell shows as 130.
        assert ask.process.wait(10) == -signal.SIGINT
    provider.release.set()
    eventually(lambda: site.discussion(path_in(ask.output.decode()))["waitingForAction"], 60)


@pytest.mark.parametrize("no_color, bold", [("", True), ("1", False)])
def test_names_are_bold_on_a_terminal_unless_no_color_is_set(
    site: LocalRun, tmp_path: pathlib.Path, no_color: str, bold: bool
) -> None:
    # script(1) gives it a terminal.
    subprocess.run(
        ["script", "-qec", f'"{BINARY}" ask "Lend tools?"', tmp_path / "typescript"], stdin=subprocess.DEVNULL,
        env=environment(site, NO_COLOR=no_color, TERM="xterm"), check=True, capture_output=True, timeout=60,
    )
    assert ("\x1b[1mAnalyzer\x1b[0m" in (tmp_path / "typescript").read_text()) == bold


def test_export_writes_what_the_site_exports(site: LocalRun, provider: ScriptedProvider, tmp_path: pathlib.Path) -> None:
    path = path_in(parley("ask", "What is kept?", site=site).stdout)
    identity = path.rpartition("/")[2]
    for form in ("md", "json", "html"):
        exported = parley("export", identity, "--format", form, site=site)
        assert (exported.returncode, exported.stderr) == (0, "")
        assert exported.stdout.encode() == site.get(f"{path}/export.{form}")[2]
    assert parley("export", site.url + path, site=site).stdout.startswith("# What is kept?\n")
    assert json.loads(parley("export", identity, "--format", "json", site=site).stdout)["format"] == "parley-discussion"

    kept = tmp_path / "kept.md"
    written = parley("export", identity, "--output", str(kept), site=site)
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    assert kept.read_bytes() == site.get(f"{path}/export.md")[2]
    assert kept.stat().st_mode & 0o077 == 0


def test_export_says_what_it_cannot_do(site: LocalRun, provider: ScriptedProvider, tmp_path: pathlib.Path) -> None:
    unknown = parley("export", "nothing", site=site)
    assert unknown.returncode == 1 and "no such discussion" in unknown.stderr and unknown.stdout == ""
    assert parley("export", "nothing", "--format", "pdf", site=site).returncode == 64
    assert parley("export", "../etc", site=site).returncode == 64
    away = parley("export", "nothing", PARLEY_URL=f"http://127.0.0.1:{free_port()}")
    assert away.returncode == 3 and "cannot be reached" in away.stderr

    identity = path_in(parley("ask", "What is there?", site=site).stdout).rpartition("/")[2]
    there = tmp_path / "there"
    there.write_text("mine")
    refused = parley("export", identity, "-o", str(there), site=site)
    assert refused.returncode == 1 and "File exists" in refused.stderr and there.read_text() == "mine"
    nowhere = parley("export", identity, "-o", str(tmp_path / "no/where"), site=site)
    assert nowhere.returncode == 1 and "No such file" in nowhere.stderr


def test_ask_waits_as_long_as_a_limit_tells_it_to(provider: ScriptedProvider, run: LocalRun) -> None:
    run.environment["RATE_LIMIT_START"] = "20"
    run.started()
    for _ in range(20):
        run.start_discussion("Is this one too many?")
    began = time.monotonic()
    asked = parley("ask", "And this one?", "--no-follow", site=run)
    assert asked.returncode == 0, asked.stderr
    # One comes back every three seconds; the starts themselves took some of the first.
    assert 0.5 < time.monotonic() - began < 20
    assert "429" in asked.stderr
