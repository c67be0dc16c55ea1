"""lynx and w3m: a discussion is started, read, answered, gone on with and kept in a terminal."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider
from table import started, table, waiting

TOPIC = "Does a terminal do?"


def in_terminal(command: list[str | Path], home: Path) -> str:
    """Runs a text browser with a home of its own, and returns what it printed."""
    environment = os.environ | {"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, env=environment, cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    ).stdout


def find(text: str) -> list[str]:
    """The keys by which lynx goes to this text: to the link, the button or the field at or after it."""
    return ["/", *("<space>" if sign == " " else sign for sign in text), "^J"]


def in_lynx(keys: list[str], url: str, home: Path) -> str:
    """Presses the keys, leaves, and returns what the screen showed."""
    script = home / "keys"
    script.write_text("".join(f"key {key}\n" for key in [*keys, "q", "y"]))
    return in_terminal(["lynx", f"-cmd_script={script}", url], home)


class W3m:
    """w3m in a terminal of its own, where it is in colour, takes keys and calls an editor that types `text`."""

    def __init__(self, url: str, home: Path, text: str = "") -> None:
        editor = home / "editor"
        editor.write_text(f"#!/bin/sh\nprintf %s '{text}' > \"$1\"\n")
        editor.chmod(0o755)
        self.terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
        self.process = subprocess.Popen(
            ["w3m", "-o", f"editor={editor}", url], stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
            env=os.environ | {"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        )
        os.close(inner)
        self.printed = b""

    def __enter__(self) -> "W3m":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self.terminal)

    def drain(self, seconds: float) -> None:
        """Takes what is printed; a terminal that nobody reads would stop it."""
        if select.select([self.terminal], [], [], seconds)[0]:
            self.printed += os.read(self.terminal, 1 << 16)

    def see(self, text: str) -> None:
        """Waits until this is printed; blanks do not count, since a terminal may step over them."""
        patience = time.monotonic() + 20
        sought = text.replace(" ", "")
        while sought not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\s", "", self.printed.decode(errors="replace")):
            assert time.monotonic() < patience, f"{text!r} is not in {self.printed!r}"
            self.drain(0.2)
        self.printed = b""

    def press(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def until(self, condition: Callable[[], object]) -> object:
        """What the server says in the end, while w3m goes on printing."""

        def look() -> object:
            self.drain(0)
            return condition()

        return eventually(look)


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
    # Down to the field past the links before it, type, past the field for files to the button, send; then leave.
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


def test_lynx_answers_goes_on_and_keeps_the_markdown(
    site: LocalRun, provider: ScriptedProvider, tmp_path: Path
) -> None:
    provider.says = table
    provider.release.set()
    path = started(site, TOPIC)
    url = f"{site.url}{path}"

    in_lynx([*find("Have questions"), "^J"], url, tmp_path)
    questions = waiting(site, path)["rounds"][-1]["questionSet"]["questions"]
    # To the first box, tick it, and send.
    in_lynx([*find("The table asks"), "^J", *find("Send the answers"), "^J"], url, tmp_path)
    rounds = waiting(site, path)["rounds"]
    assert len(rounds) == 2
    first = questions[0]
    assert rounds[0]["answers"] == [{"question": first["id"], "options": [first["options"][0]["id"]], "text": ""}]

    in_lynx([*find("Go on with another"), "^J"], url, tmp_path)
    assert len(waiting(site, path)["rounds"]) == 3

    # It cannot show Markdown: it offers to save it, and proposes the name.
    in_lynx([*find("Markdown"), "^J", "d", *find("Save to disk"), "^J", "^J"], url, tmp_path)
    kept = list(tmp_path.glob("*.md"))
    assert len(kept) == 1
    assert kept[0].read_bytes() == site.get(f"{path}/export.md")[2]


def test_w3m_starts_a_discussion_and_goes_on_with_it(
    site: LocalRun, provider: ScriptedProvider, tmp_path: Path
) -> None:
    provider.says = table
    provider.release.set()
    topic = "Will w3m do?"

    def found() -> list[dict]:
        return [d for d in site.discussion("/")["discussions"] if d["topic"] == topic]

    with W3m(f"{site.url}/", tmp_path, topic) as w3m:
        w3m.see("Viewing")
        # To the hint before the field, to the field, which opens the editor.
        w3m.press("/3 to 5,000\n\t\n")
        w3m.see(topic)
        w3m.press("/Start the\n\n")
        path = f"/discussions/{w3m.until(found)[0]['id']}"
        w3m.until(lambda: site.discussion(path)["waitingForAction"])
    with W3m(f"{site.url}{path}", tmp_path) as w3m:
        w3m.see("Viewing")
        w3m.press("/Go on with another\n\n")
        w3m.until(lambda: len(site.discussion(path)["rounds"]) == 2)
        w3m.until(lambda: site.discussion(path)["waitingForAction"])
