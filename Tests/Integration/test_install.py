"""`make install` into a root of its own, what it puts there, and the service as far as it goes without systemd."""

import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator

import pytest

import raw_fastcgi
from local_run import BINARY, ROOT, eventually
from scripted_provider import ScriptedProvider

# `systemd-analyze security`, from 0 (nothing exposed) to 10.
EXPOSURE = 2.0
NOBODY = 65534


def make(target: str, dest: pathlib.Path, **variables: str) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "PREFIX", "DESTDIR")}
    return subprocess.run(
        ["make", "-s", target, f"DESTDIR={dest}", *(f"{k}={v}" for k, v in variables.items())], cwd=ROOT,
        env=environment | {"PARLEY_BINARY": str(BINARY)}, capture_output=True, text=True, timeout=120,
    )


def files(root: pathlib.Path) -> dict[str, int]:
    return {
        "/" + str(p.relative_to(root)): p.lstat().st_mode & 0o777
        for p in root.rglob("*") if p.is_symlink() or not p.is_dir()
    }


@pytest.fixture(scope="module")
def installed() -> Iterator[pathlib.Path]:
    # On the build's disk: the debug binary has hundreds of MB.
    with tempfile.TemporaryDirectory(prefix="parley-", dir=BINARY.parent) as there:
        done = make("install", pathlib.Path(there))
        assert done.returncode == 0, done.stdout + done.stderr
        yield pathlib.Path(there)


def test_everything_lies_where_it_belongs(installed: pathlib.Path) -> None:
    found = files(installed)
    expected = {
        "/usr/local/lib/parley/parley": 0o755, "/usr/local/lib/parley/parley-scan": 0o755,
        "/usr/local/lib/parley/nginx-prefix": 0o755, "/usr/local/bin/parley": 0o755,
        "/usr/local/share/parley/public/parley.js": 0o644, "/usr/local/share/parley/public/errors/502.html": 0o644,
        "/usr/local/lib/systemd/system/parley.service": 0o644, "/usr/local/lib/systemd/system/parley.socket": 0o644,
        "/usr/local/lib/sysusers.d/parley.conf": 0o644, "/usr/local/lib/tmpfiles.d/parley.conf": 0o644,
        "/etc/parley/parley.env": 0o640, "/etc/nginx/parley/parley.conf": 0o644,
        "/etc/nginx/sites-available/parley": 0o644, "/usr/local/share/doc/parley/DEPLOYMENT.md": 0o644,
    }
    assert {path: found.get(path) for path in expected} == expected
    assert (installed / "etc/parley/credentials").stat().st_mode & 0o777 == 0o700
    assert {p.name for p in (ROOT / "public").rglob("*") if p.is_file()} == {
        pathlib.Path(p).name for p in found if p.startswith("/usr/local/share/parley/public/")
    }
    assert not [path for path in found if path.endswith(".new")]
    # Nothing names the place that it was installed through.
    for path in found:
        if "/lib/parley/parley" not in path:
            assert str(installed) not in (installed / path[1:]).read_text(), path


def test_the_program_runs_from_there_and_finds_its_scanner(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    program = installed / "usr/local/bin/parley"
    ran = subprocess.run([program, "settings"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0 and "MAX_TURNS=" in ran.stdout
    checked = subprocess.run(
        [program, "check", "--json"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"SCAN_ENGINE": "libclamav", "CLAMAV_DATABASE_DIR": str(tmp_path)},
    )
    [scanner] = [c for c in json.loads(checked.stdout)["checks"] if c["name"] == "scanner"]
    assert "signatures" in scanner["detail"]


def test_a_second_installation_keeps_what_was_changed_and_removal_too() -> None:
    with tempfile.TemporaryDirectory(prefix="parley-", dir=BINARY.parent) as there:
        root = pathlib.Path(there)
        assert make("install", root, PREFIX="/opt/parley").returncode == 0
        assert "/opt/parley/lib/parley/parley serve" in (root / "opt/parley/lib/systemd/system/parley.service").read_text()
        assert "/opt/parley/share/parley/public" in (root / "etc/nginx/sites-available/parley").read_text()
        changed = root / "etc/parley/parley.env"
        changed.write_text("AUTH_MODE=proxy\n")
        (root / "opt/parley/share/parley/public/parley.js").write_text("old")
        (root / "etc/parley/credentials/GROQ_API_KEY").write_text("gsk")
        assert "kept: " in make("install", root, PREFIX="/opt/parley").stdout
        assert changed.read_text() == "AUTH_MODE=proxy\n"
        assert (root / "opt/parley/share/parley/public/parley.js").read_text() != "old"

        removed = make("uninstall", root, PREFIX="/opt/parley")
        assert removed.returncode == 0, removed.stderr
        assert set(files(root)) == {"/etc/parley/parley.env", "/etc/parley/credentials/GROQ_API_KEY"}
        assert "because it was changed" in removed.stdout


def test_removal_leaves_no_file_behind() -> None:
    with tempfile.TemporaryDirectory(prefix="parley-", dir=BINARY.parent) as there:
        root = pathlib.Path(there)
        assert make("install", root).returncode == 0
        assert make("uninstall", root).returncode == 0
        assert files(root) == {}
        left = {p.name for p in root.rglob("*") if p.is_dir()}
        assert "parley" not in left and "credentials" not in left


def test_without_a_binary_nothing_is_installed(tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        [ROOT / "tools/install"], env=os.environ | {"DESTDIR": str(tmp_path), "PARLEY_BINARY": "/nonexistent/parley"},
        capture_output=True, text=True,
    )
    assert done.returncode == 1 and "no programs at" in done.stderr
    assert files(tmp_path) == {}


# `parley` as an operator calls it

STAND_IN = """#!/bin/sh
id -un; id -Gn; pwd; umask; echo "$*"
exec env
"""


class Command:
    """The installed command, whose settings, keys and data lie in a place of its own, and a user that every Debian has."""

    USER = "www-data"

    def __init__(self, installed: pathlib.Path, house: pathlib.Path) -> None:
        self.house, self.program = house, house / "bin/parley"
        self.settings, self.credentials = house / "etc/parley.env", house / "etc/credentials"
        self.state, self.here = house / "state", house / "here"
        for place in (house / "bin", house / "lib/parley", house / "etc", self.here, self.credentials, self.state):
            place.mkdir(parents=True)
        house.chmod(0o755)
        self.credentials.chmod(0o700)
        shutil.chown(self.state, self.USER, self.USER)
        text = (installed / "usr/local/bin/parley").read_text()
        for name, place in (
            ("settings", self.settings), ("credentials", self.credentials), ("state", self.state), ("user", self.USER),
        ):
            text, found = re.subn(rf"^{name}=.*$", f"{name}={place}", text, flags=re.MULTILINE)
            assert found == 1, name
        self.program.write_text(text)
        self.program.chmod(0o755)
        self.stand_in(STAND_IN)

    def stand_in(self, text: str) -> None:
        (self.house / "lib/parley/parley").write_text(text)
        (self.house / "lib/parley/parley").chmod(0o755)

    def run(self, *words: str, by: tuple[str, ...] = (), give: str = "", **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*by, self.program, *words], cwd=self.here, env={"PATH": os.environ["PATH"]} | more, input=give,
            capture_output=True, text=True, timeout=60,
        )

    def told(self, *words: str, **more) -> tuple[list[str], dict[str, str]]:
        """Who, where and with which words the program was called, and its environment."""
        ran = self.run(*words, **more)
        assert (ran.returncode, ran.stderr) == (0, "")
        lines = ran.stdout.splitlines()
        return lines[:5], dict(line.split("=", 1) for line in lines[5:])


@pytest.fixture
def command(installed: pathlib.Path) -> Iterator[Command]:
    # Where every user may look.
    with tempfile.TemporaryDirectory(prefix="parley-", dir="/tmp") as there:
        yield Command(installed, pathlib.Path(there))


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="another user needs root")


@needs_root
def test_root_calls_the_program_as_the_service_runs_it(command: Command) -> None:
    command.settings.write_text(
        "# A comment=with a sign\n;OTHER=comment\n\n  DATA_DIR = /srv/my data \nLOCAL_LLM_MODEL=\"two words\"\n"
        "NO_PROXY='quoted'\nHTTPS_PROXY=http://me:$HOME`id`;#@proxy\nGROQ_API_KEY=\nMISTRAL_MODEL=settings\n"
        "no assignment\n2BAD=x\nb-ad=x\nMAX_TURNS=7"
    )
    for name, text in (
        ("MISTRAL_API_KEY", "key-1\r\n"), ("GROQ_API_KEY", "key-2\n"), ("MISTRAL_MODEL", "credential"), (".old", "x"),
        ("OPENROUTER_API_KEY~", "x"),
    ):
        (command.credentials / name).write_text(text)
    roots = {"HOME": "/root", "TMPDIR": "/root/tmp", "CREDENTIALS_DIRECTORY": "/root"}
    who, environment = command.told("user", "add", "two words", "*", **roots)
    assert who == [Command.USER, Command.USER, str(command.state), "0077", "user add two words *"]
    expected = {
        "DATA_DIR": "/srv/my data", "LOCAL_LLM_MODEL": "two words", "NO_PROXY": "quoted", "MAX_TURNS": "7",
        "HTTPS_PROXY": "http://me:$HOME`id`;#@proxy", "MISTRAL_API_KEY": "key-1", "MISTRAL_MODEL": "settings",
        # Empty, it switches the key off.
        "GROQ_API_KEY": "", "HOME": str(command.state),
    }
    of_shells = ("PATH", "PWD", "OLDPWD", "_")
    assert {k: v for k, v in environment.items() if k not in of_shells} == expected

    # What the caller has goes before both.
    _, environment = command.told("check", DATA_DIR="/srv/other", MISTRAL_API_KEY="", GROQ_API_KEY="mine")
    found = [environment[name] for name in ("DATA_DIR", "MISTRAL_API_KEY", "GROQ_API_KEY", "MAX_TURNS")]
    assert found == ["/srv/other", "", "mine", "7"]


@needs_root
def test_a_backup_is_named_from_where_root_stands(command: Command) -> None:
    command.settings.write_text("MAX_TURNS=7\n")
    (command.here / "a snapshot").mkdir()
    (command.here / "a snapshot/manifest.json").touch()
    (command.here / "anna").mkdir()
    who, _ = command.told("restore", "a snapshot", "--owner", "anna")
    assert who[4] == f"restore {command.here}/a snapshot --owner anna"


@needs_root
def test_it_is_only_the_program_for_others_without_settings_and_for_what_speaks_with_a_site(command: Command) -> None:
    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    # Without the service's settings, for root too.
    who, _ = command.told("user", "list")
    assert who[0] == "root" and who[2:] == [str(command.here), who[3], "user list"]
    command.settings.write_text("MAX_TURNS=7\n")
    for words, by, name in (
        (("user", "list"), nobody, "nobody"), ((), nobody, "nobody"),
        (("ask", "Why?", "--file", "a.txt"), (), "root"), (("watch", "x"), (), "root"), (("export", "x"), (), "root"),
    ):
        who, environment = command.told(*words, by=by, PARLEY_URL="http://127.0.0.1:1")
        assert [who[0], who[2], who[4]] == [name, str(command.here), " ".join(words)]
        assert "MAX_TURNS" not in environment and environment["PARLEY_URL"] == "http://127.0.0.1:1"
    # Its exit status is the program's, and a link leads to the same.
    command.stand_in("#!/bin/sh\nexit 7\n")
    link = command.here / "link"
    link.symlink_to("../bin/parley")
    assert command.run("check").returncode == subprocess.run([link]).returncode == 7


@needs_root
def test_without_the_services_user_root_runs_nothing(command: Command) -> None:
    command.settings.touch()
    command.program.write_text(command.program.read_text().replace(f"user={Command.USER}", "user=parley-nobody"))
    ran = command.run("user", "list")
    assert ran.returncode != 0 and ran.stdout == "" and "parley-nobody" in ran.stderr


@needs_root
def test_root_adds_an_account_to_the_services_own_database(command: Command) -> None:
    (command.house / "lib/parley/parley").unlink()
    shutil.copy(BINARY, command.house / "lib/parley/parley")
    data = command.state / "data"
    command.settings.write_text(f"AUTH_MODE=accounts\nDATA_DIR={data}\n")
    (command.credentials / "GROQ_API_KEY").write_text("gsk_not-a-key\n")
    added = command.run("user", "add", "anna", "--admin", "--password-stdin", give="correct horse battery\n")
    assert (added.returncode, added.stdout) == (0, "anna can sign in now.\n"), added.stderr
    assert command.run("user", "list").stdout == "anna\tadmin\n"
    shown = command.run("settings").stdout.splitlines()
    assert {"AUTH_MODE=accounts", f"DATA_DIR={data}"} <= set(shown)
    assert [line for line in shown if line.startswith("GROQ_API_KEY=") and line != "GROQ_API_KEY="]
    assert "gsk_not-a-key" not in "".join(shown)
    made = [data, *data.iterdir()]
    assert data / "parley.sqlite" in made
    assert {path.owner() for path in made} == {path.group() for path in made} == {Command.USER}
    assert {path.stat().st_mode & 0o077 for path in made} == {0}
    assert list(command.here.iterdir()) == []


def test_systemd_finds_no_fault_in_the_units(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for name in ("parley.service", "parley.socket"):
        text = (installed / "usr/local/lib/systemd/system" / name).read_text()
        # The program is not at its place on this machine.
        (tmp_path / name).write_text(text.replace("/usr/local/lib/parley/parley", str(BINARY)))
    units = [tmp_path / "parley.service", tmp_path / "parley.socket"]
    ran = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    (tmp_path / "parley.service").write_text((tmp_path / "parley.service").read_text().replace("RestrictRealtime=yes", "RestrictRealtime=perhaps"))
    assert subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True).stderr != ""


def test_the_service_exposes_little(installed: pathlib.Path) -> None:
    unit = installed / "usr/local/lib/systemd/system/parley.service"
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={int(EXPOSURE * 10)}", unit],
        capture_output=True, text=True,
    )
    [figure] = re.findall(r"Overall exposure level for parley.service: ([\d.]+)", ran.stdout)
    assert ran.returncode == 0 and float(figure) <= EXPOSURE
    text = unit.read_text()
    for line in (
        "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "UMask=0077", "User=parley",
        "MemoryDenyWriteExecute=yes", "LoadCredential=parley:/etc/parley/credentials",
    ):
        assert f"\n{line}\n" in text


def test_users_and_directories_are_made(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    sysusers = installed / "usr/local/lib/sysusers.d/parley.conf"
    dry = subprocess.run(["systemd-sysusers", "--dry-run", sysusers], capture_output=True, text=True)
    assert dry.returncode == 0, dry.stderr
    lines = [line for line in (installed / "usr/local/lib/tmpfiles.d/parley.conf").read_text().splitlines() if line]
    assert [line.split()[:3] for line in lines] == [["d", "/run/parley", "0755"], ["d", "/var/lib/parley", "0750"]]


def confined() -> None:
    """What the unit asks for, as far as a process can do it to itself: never again write and run the same memory."""
    pr_set_mdwe, refuse_exec_gain = 65, 1
    libc = ctypes.CDLL(None, use_errno=True)
    # EINVAL on kernels before 6.3, which do not know it.
    libc.prctl(pr_set_mdwe, refuse_exec_gain, 0, 0, 0)


@needs_root
def test_it_is_started_by_its_socket_and_works_confined(provider: ScriptedProvider) -> None:
    """By systemd's own activator, as a user without rights, with its key in a credential."""
    house = pathlib.Path(tempfile.mkdtemp(prefix="parley-", dir="/tmp"))
    try:
        house.chmod(0o755)
        for name in ("data", "credentials", "signatures"):
            (house / name).mkdir()
            os.chown(house / name, NOBODY, NOBODY)
        (house / "signatures/test.hdb").write_text(f"{'0' * 32}:1:Nothing\n")
        (house / "credentials/parley_LOCAL_LLM_BASE_URL").write_text(provider.url + "\n")
        # The build may lie where nobody else may look.
        for program in (BINARY, BINARY.with_name("parley-scan")):
            shutil.copy(program, house / program.name)
        settings = {
            "DATA_DIR": str(house / "data"), "CREDENTIALS_DIRECTORY": str(house / "credentials"),
            "LOCAL_LLM_MODEL": "scripted-1", "STOP_GRACE_SECONDS": "0", "BACKUP_ENABLED": "false",
            "SCAN_ENGINE": "libclamav", "CLAMAV_DATABASE_DIR": str(house / "signatures"),
        }
        path = str(house / "parley.sock")
        log = open(house / "log", "w")
        server = subprocess.Popen(
            ["systemd-socket-activate", "-l", path, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
             "--clear-groups", "--no-new-privs", "--bounding-set=-all", "env", "-C", str(house / "data"),
             *(f"{k}={v}" for k, v in settings.items()), house / "parley", "serve"],
            stdout=log, stderr=log, preexec_fn=confined,
        )
        try:
            eventually(lambda: pathlib.Path(path).exists())
            assert os.readlink(f"/proc/{server.pid}/exe").endswith("systemd-socket-activate")
            # The first request starts it, and waits for it in the socket.
            status, body = raw_fastcgi.get(path, "/health")
            assert status == 200, (house / "log").read_text()
            report = json.loads(body)
            assert report["components"]["database"]["status"] == "ok"
            assert list(report["components"]["providers"]) == ["local"]
            assert os.readlink(f"/proc/{server.pid}/exe") == str(house / "parley")
            # libclamav compiles nothing at run time either: its process has loaded the signatures.
            loaded = lambda: "with 1 signature" in raw_fastcgi.get(path, "/health")[1].decode()
            eventually(loaded, 30, "the scanner's report")
            assert (house / "data/parley.sqlite").stat().st_uid == NOBODY
            assert (house / "data/parley.sqlite").stat().st_mode & 0o077 == 0
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) == 0, (house / "log").read_text()
        # The socket is not the server's own: who gave it keeps it.
        assert pathlib.Path(path).exists()
    finally:
        shutil.rmtree(house, ignore_errors=True)
