"""lynx and w3m: a discussion is started and read in a terminal."""

import os
import re
import subprocess
from pathlib import Path

from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider

TOPIC = "Does a terminal do?"


def in_terminal(command: list[str | Path], home: Path) -> str:
    """Runs a text browser with a home of its own, and returns what it printed."""
    environment = os.environ | {"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    ).stdout


def answered(site: LocalRun) -> str:
    """The path of the discussion that was started, once it is the person's turn."""
    started = eventually(lambda: [d for d in site.discussion("/")["discussions"] if d["topic"] == TOPIC])
    path = f"/discussions/{started[0]['id']}"
    eventually(lambda: site.discussion(path)["waitingForAction"])
    return path


def assert_read(text: str) -> None:
    said = re.sub(r"\s+", " ", text)
    assert TOPIC in said
    assert re.search(r"Analyzer .*The beginning and the end\. .*Solver .*Moderator .*It is your turn", said), text
    assert "Go on with another round" in said


def test_lynx_starts_a_discussion_and_reads_it(site: LocalRun, provider: ScriptedProvider, tmp_path: Path) -> None:
    provider.release.set()
    page = in_terminal(["lynx", "-dump", f"{site.url}/"], tmp_path)
    # Down to the field past the links before it, type, past the files to the button, send; then leave.
    links = len(re.findall(r"\[\d+\]", page.split("Your topic")[0]))
    keys = ["Down Arrow"] * links + list(TOPIC.replace(" ", "~")) + ["^I", "^I", "^J", "q", "y"]
    script = tmp_path / "keys"
    script.write_text("".join(f"key {'<space>' if key == '~' else key}\n" for key in keys))
    in_terminal(["lynx", f"-cmd_script={script}", f"{site.url}/"], tmp_path)
    assert_read(in_terminal(["lynx", "-dump", f"{site.url}{answered(site)}"], tmp_path))


def test_w3m_reads_a_discussion(site: LocalRun, provider: ScriptedProvider, tmp_path: Path) -> None:
    provider.release.set()
    path = site.start_discussion(TOPIC)
    eventually(lambda: site.discussion(path)["waitingForAction"])
    assert_read(in_terminal(["w3m", "-dump", f"{site.url}{path}"], tmp_path))


def test_a_text_browser_finds_a_discussion_and_what_was_said_in_it(
    site: LocalRun, provider: ScriptedProvider, tmp_path: Path
) -> None:
    provider.release.set()
    provider.says = lambda request: ("Nothing beats a marmalade sandwich.",)
    path = site.start_discussion("What to take on a journey?")
    eventually(lambda: site.discussion(path)["waitingForAction"])
    for dump in (["lynx", "-dump"], ["w3m", "-dump"]):
        said = re.sub(r"\s+", " ", in_terminal([*dump, f"{site.url}/?q=marmal"], tmp_path))
        said = re.sub(r"\[\d+\]", "", said)
        assert "What to take on a journey?" in said
        assert "Moderator, round 1 Nothing beats a marmalade sandwich." in said, said
    # By the form: down to its field, type, send; what is shown then is printed.
    page = in_terminal(["lynx", "-dump", f"{site.url}/?status=waiting"], tmp_path)
    links = len(re.findall(r"\[\d+\]", page.split("Search your discussions")[0]))
    keys = ["Down Arrow"] * links + list("marmalade") + ["^I", "^J", "p", "^J", "q", "y"]
    script = tmp_path / "keys"
    script.write_text("".join(f"key {key}\n" for key in keys))
    shown = in_terminal(["lynx", f"-cmd_script={script}", f"{site.url}/?status=waiting"], tmp_path)
    assert "Nothing beats a" in shown and "marmalade" in shown
