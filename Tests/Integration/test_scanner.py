"""Who scans files on a machine with signatures, with clamd, and with neither; and what /health tells of it."""

import base64
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local_run import BINARY, LocalRun, eventually, free_port
from uploading import send

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def scanner(run: LocalRun) -> dict[str, str]:
    status, _, body = run.get("/health")
    report = json.loads(body)
    # Without a scanner no file is accepted, but discussions go on.
    assert status == 200 and report["status"] != "down"
    return report["components"]["scanner"]


def becomes(run: LocalRun, status: str, words: str) -> None:
    eventually(lambda: (s := scanner(run))["status"] == status and words in s["detail"], 30, f"{status}: {words}")


def metric(run: LocalRun, name: str) -> float:
    lines = run.get("/metrics")[2].decode().splitlines()
    return float(next(line for line in lines if line.startswith(name + " ")).rpartition(" ")[2])


def log(run: LocalRun) -> str:
    return (run.var / "log/parley.log").read_text()


@pytest.fixture
def machine(run: LocalRun) -> LocalRun:
    """Settings as everybody has them, but for a directory and a port of the test's own."""
    (run.var / "signatures").mkdir()
    run.environment |= {
        "ENABLE_VIRUS_SCAN": "true", "CLAMAV_HOST": "localhost", "CLAMAV_PORT": str(free_port()),
        "CLAMAV_DATABASE_DIR": str(run.var / "signatures"),
    }
    return run


def add_signatures(run: LocalRun, age_in_days: int = 0) -> None:
    path = run.var / "signatures/test.ndb"
    # More than a test database has: the report would say so.
    lines = [f"Test-{n}:0:*:{os.urandom(16).hex()}" for n in range(1_500)]
    path.write_text("\n".join([f"Eicar-Test-Signature:0:*:{EICAR.hex()}", *lines, ""]))
    time = path.stat().st_mtime - age_in_days * 24 * 3600
    os.utime(path, (time, time))


def test_signatures_and_no_clamd_are_libclamav(machine: LocalRun) -> None:
    add_signatures(machine)
    machine.started()
    becomes(machine, "ok", "libclamav with 1501 signatures")
    assert metric(machine, "parley_scanner_up") == 1
    assert "test file EICAR" not in machine.output
    assert f"{machine.var}/signatures holds signatures" in log(machine)

    # Killed, it comes back; stopped, the responder takes it along, also when it is killed itself.
    first = machine.part("/parley-scan ")
    os.kill(first, signal.SIGKILL)
    second = eventually(lambda: (pid := machine.part("/parley-scan ")) != first and pid)
    becomes(machine, "ok", "1501 signatures")
    os.kill(machine.part("/parley serve"), signal.SIGKILL)
    eventually(lambda: not os.path.exists(f"/proc/{second}"))
    eventually(machine.healthy)
    becomes(machine, "ok", "1501 signatures")


def test_signatures_older_than_a_week_are_told_of_until_newer_ones_come(machine: LocalRun) -> None:
    add_signatures(machine, age_in_days=9)
    machine.started()
    becomes(machine, "degraded", "9 days old")
    add_signatures(machine)
    becomes(machine, "ok", "1501 signatures")


@contextmanager
def clamd(machine: LocalRun) -> Iterator[subprocess.Popen]:
    """As docs/decisions/0062 says that it should be set, at the port of the settings."""
    (machine.var / "clamd").mkdir()
    (machine.var / "clamd/test.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    configuration = machine.var / "clamd.conf"
    configuration.write_text(
        f"TCPSocket {machine.environment['CLAMAV_PORT']}\nTCPAddr 127.0.0.1\nDatabaseDirectory {machine.var}/clamd\n"
        f"TemporaryDirectory {machine.var}\nForeground yes\n"
        "AlertExceedsMax yes\nMaxScanSize 200M\nMaxFileSize 256M\n"
    )
    process = subprocess.Popen(
        ["/usr/sbin/clamd", f"--config-file={configuration}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        # tools/run looks whether somebody listens there.
        port = int(machine.environment["CLAMAV_PORT"])
        eventually(lambda: subprocess.run(["bash", "-c", f": </dev/tcp/127.0.0.1/{port}"],
                                          stderr=subprocess.DEVNULL).returncode == 0, 30)
        yield process
    finally:
        process.kill()
        process.wait()


def test_clamd_alone_is_clamd(machine: LocalRun) -> None:
    with clamd(machine):
        machine.started()
        becomes(machine, "ok", "clamd with signatures")
        assert machine.part("/parley-scan ") is None
    becomes(machine, "down", "no file is accepted")
    assert metric(machine, "parley_scanner_up") == 0


def zipped(name: str, content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return archive.getvalue()


def infected() -> dict[str, bytes]:
    """EICAR as it is, and in what must be unpacked to find it."""
    content = EICAR.hex().encode() + b">"
    return {
        "plain.txt": EICAR,
        "deep.zip": zipped("c.zip", zipped("b.zip", zipped("a.com", EICAR))),
        "paper.pdf": b"%%PDF-1.4\n1 0 obj\n<< /Length %d /Filter /ASCIIHexDecode >>\nstream\n%s\nendstream\nendobj\n"
        b"trailer\n<< /Root 1 0 R >>\n%%%%EOF\n" % (len(content), content),
        "mail.eml": b'From: a@parley.test\nSubject: hello\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
        b"--b\nContent-Type: application/octet-stream; name=a.com\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(EICAR) + b"\n--b--\n",
    }


def stored(run: LocalRun, directory: str) -> list[str]:
    return [p.name for p in (run.var / "data" / directory).rglob("*") if p.is_file() and p.suffix != ".lock"]


def begin(run: LocalRun, name: str, content: bytes) -> tuple[int, dict]:
    return send(run, "/discussions", [("topic", None, b"What is in it?"), ("files", name, content)])


def finds_all(run: LocalRun) -> None:
    kept = stored(run, "files")
    for name, content in infected().items():
        status, answer = begin(run, name, content)
        assert (status, answer.get("error", answer).get("code")) == (422, "FILE_INFECTED"), (name, answer)
        [file] = answer["error"]["files"]
        assert file["name"] == name and "Eicar-Test-Signature" in answer["error"]["message"] + json.dumps(file)
    assert stored(run, "files") == kept
    # The last to let go of a received file may be a thread that has just ended its work.
    eventually(lambda: stored(run, "tmp") == [])


def passes_clean(run: LocalRun) -> None:
    status, answer = begin(run, "clean.txt", b"words")
    assert status == 201, answer
    [file] = run.discussion(f"/discussions/{answer['ack']['discussionId']}")["files"]
    assert file["state"] == "clean"


def test_libclamav_refuses_infected_files_whatever_becomes_of_its_process_and_directory(machine: LocalRun) -> None:
    add_signatures(machine)
    machine.started()
    becomes(machine, "ok", "1501 signatures")
    finds_all(machine)
    passes_clean(machine)
    scans = machine.var / "data/scan"
    assert scans.stat().st_mode & 0o777 == 0o700 and len(list(scans.iterdir())) == 1

    first = machine.part("/parley-scan ")
    os.kill(first, signal.SIGKILL)
    finds_all(machine)
    assert machine.part("/parley-scan ") not in (None, first)

    shutil.rmtree(scans)
    finds_all(machine)
    passes_clean(machine)

    # In the directory's place is something where nothing can be unpacked: that is no verdict.
    [directory] = scans.iterdir()
    directory.rmdir()
    directory.write_text("in the way")
    for name, content in {**infected(), "clean.txt": b"words"}.items():
        status, answer = begin(machine, name, content)
        assert (status, answer["error"]["code"]) == (503, "SCAN_UNAVAILABLE"), (name, answer)


def test_a_responder_that_is_started_again_sweeps_only_what_is_dead(machine: LocalRun) -> None:
    add_signatures(machine)
    machine.started()
    becomes(machine, "ok", "1501 signatures")
    # The responder itself is started again by tools/run, and sweeps what it finds.
    os.kill(machine.part("/parley serve"), signal.SIGKILL)
    eventually(machine.healthy)
    becomes(machine, "ok", "1501 signatures")
    finds_all(machine)
    passes_clean(machine)
    assert len(list((machine.var / "data/scan").iterdir())) == 1


def test_a_second_responder_on_the_same_data_leaves_the_firsts_scanner_alone(machine: LocalRun) -> None:
    add_signatures(machine)
    machine.started()
    becomes(machine, "ok", "1501 signatures")
    first = machine.part("/parley-scan ")
    own = (pathlib.Path("/proc") / str(machine.part("/parley serve")) / "environ").read_bytes().decode()
    environment = dict(entry.split("=", 1) for entry in own.split("\0") if entry)
    scans = machine.var / "data/scan"
    with open(machine.var / "second", "w") as output:
        second = subprocess.Popen(
            [BINARY, "serve"], env={**environment, "FASTCGI_SOCKET": str(machine.var / "second.sock")},
            cwd=machine.var, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )
    try:
        # It sweeps before it listens.
        eventually((machine.var / "second.sock").exists)
        assert second.poll() is None and len(list(scans.iterdir())) == 2
        finds_all(machine)
    finally:
        second.terminate()
        second.wait(30)
    finds_all(machine)
    passes_clean(machine)
    assert machine.part("/parley-scan ") == first and len(list(scans.iterdir())) == 1


def test_clamd_refuses_infected_files(machine: LocalRun) -> None:
    with clamd(machine):
        machine.started()
        becomes(machine, "ok", "clamd with signatures")
        finds_all(machine)
        passes_clean(machine)


def test_with_neither_a_run_knows_eicar_alone_and_says_so(machine: LocalRun) -> None:
    machine.started()
    assert "scanned for nothing but the test file EICAR" in machine.output
    becomes(machine, "degraded", "1 signature of")
    assert "that is a test, no protection" in scanner(machine)["detail"]


def test_an_engine_that_was_asked_for_is_not_exchanged(machine: LocalRun) -> None:
    machine.environment["SCAN_ENGINE"] = "libclamav"
    machine.started()
    becomes(machine, "down", f"no signatures in {machine.var}/signatures; no file is accepted")
    add_signatures(machine)
    becomes(machine, "ok", "1501 signatures")


def test_scanning_that_is_switched_off_is_said_loudly(machine: LocalRun) -> None:
    machine.environment["ENABLE_VIRUS_SCAN"] = "false"
    machine.started()
    becomes(machine, "degraded", "ENABLE_VIRUS_SCAN=false")
    assert "NOT scanned" in machine.output
    assert "warning" in log(machine) and "files are NOT scanned" in log(machine)
    assert machine.part("/parley-scan ") is None
