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
        "/usr/local/lib/parley/nginx-prefix": 0o755, "/usr/local/bin/parley": 0o777,
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
        if "/lib/parley/parley" not in path and "/bin/" not in path:
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


@pytest.mark.skipif(os.geteuid() != 0, reason="another user needs root")
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
