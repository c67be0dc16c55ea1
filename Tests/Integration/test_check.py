"""`parley check` beside a whole run, with each thing that Parley depends on broken in turn."""

import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator

import pytest

from local_run import BINARY, LocalRun, eventually, free_port
from scripted_provider import ScriptedProvider


class House:
    """A run whose check is asked for, with what a test changes of its environment."""

    def __init__(self, run: LocalRun, backups: pathlib.Path) -> None:
        self.run = run
        self.environment = run.environment | {
            "DATA_DIR": str(run.var / "data"), "FASTCGI_SOCKET": str(run.var / "run/parley.sock"),
            "MEMCACHED_SERVERS": str(run.var / "run/memcached.sock"), "BACKUPS_DIR": str(backups),
        }

    def check(self, **changes: str) -> tuple[int, dict[str, dict]]:
        ran = subprocess.run(
            [BINARY, "check", "--json"], env=self.environment | changes, cwd=self.run.var, capture_output=True,
            text=True, timeout=100,
        )
        assert ran.stderr == ""
        report = json.loads(ran.stdout)
        assert report["status"] == max((c["status"] for c in report["checks"]), key=["ok", "warn", "fail"].index)
        for check in report["checks"]:
            assert (check["status"] == "ok") == ("remedy" not in check), check
        return ran.returncode, {check["name"]: check for check in report["checks"]}

    def broken(self, name: str, status: str, words: str, remedy: str, **changes: str) -> None:
        """With these changes this line tells of it, and the status is that of the worst."""
        code, found = self.check(**changes)
        assert found[name]["status"] == status and words in found[name]["detail"], found[name]
        assert remedy in found[name]["remedy"]
        assert code == (1 if status == "fail" else 0)


@pytest.fixture(scope="module")
def house(provider: ScriptedProvider) -> Iterator[House]:
    run = LocalRun(provider.url)
    signatures = run.var / "signatures"
    signatures.mkdir()
    lines = [f"Test-{n}:0:*:{os.urandom(16).hex()}" for n in range(1_500)]
    eicar = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    (signatures / "test.ndb").write_text("\n".join([f"Eicar-Test-Signature:0:*:{eicar.hex()}", *lines, ""]))
    # Another disk than the data's, wherever the tests run.
    with tempfile.TemporaryDirectory(prefix="parley-", dir="/dev/shm") as backups:
        run.environment |= {"CLAMAV_DATABASE_DIR": str(signatures), "BACKUPS_DIR": backups}
        try:
            run.started()
            eventually(lambda: list(pathlib.Path(backups).glob("snapshots/*/manifest.json")))
            yield House(run, pathlib.Path(backups))
        finally:
            run.stop()


def test_beside_a_healthy_run_every_line_is_ok(house: House) -> None:
    code, found = house.check()
    assert {name: check["status"] for name, check in found.items()} == {name: "ok" for name in found}, found
    assert code == 0
    assert list(found) == [
        "configuration", "disk", "time zone", "database", "backups", "memcached", "scanner", "provider local",
        "socket", "nginx",
    ]


def test_for_people_each_is_one_line_with_its_remedy(house: House) -> None:
    ran = subprocess.run(
        [BINARY, "check"], env=house.environment | {"MEMCACHED_SERVERS": ""}, cwd=house.run.var,
        capture_output=True, text=True, timeout=100,
    )
    assert ran.returncode == 0
    lines = ran.stdout.splitlines()
    assert len(lines) == 10 and all(line.split()[0] in ("ok", "warn", "fail") for line in lines)
    [line] = [line for line in lines if " memcached " in line]
    assert line.startswith("warn  memcached ") and " → " in line
    assert all(" → " not in line for line in lines if line.startswith("ok"))


def test_a_bad_setting_is_named_and_is_all_that_is_told(house: House) -> None:
    code, found = house.check(MAX_TURNS="0")
    assert code == 1 and list(found) == ["configuration"]
    assert found["configuration"] == {
        "name": "configuration", "status": "fail", "detail": "MAX_TURNS: 0 is out of range",
        "remedy": "set MAX_TURNS to: 1 to 1000",
    }
    assert house.check(SSL_CERT_FILE="/nonexistent")[1]["configuration"]["remedy"].startswith("set SSL_CERT_FILE")


def test_a_socket_nobody_listens_on(house: House) -> None:
    house.broken("socket", "fail", "no such file", "parley serve", FASTCGI_SOCKET="/nonexistent/parley.sock")
    house.broken("socket", "fail", "too long", "107 bytes", FASTCGI_SOCKET="/" + "x" * 120)


def test_a_damaged_database(house: House, tmp_path: pathlib.Path) -> None:
    source = sqlite3.connect(f"file:{house.run.var}/data/parley.sqlite?mode=ro", uri=True)
    copy = tmp_path / "parley.sqlite"
    target = sqlite3.connect(copy)
    source.backup(target)
    target.close()
    assert house.check(DATABASE_PATH=str(copy))[1]["database"]["status"] == "ok"
    content = bytearray(copy.read_bytes())
    content[4096 * 3:4096 * 6] = b"\xff" * (4096 * 3)
    copy.write_bytes(content)
    house.broken("database", "fail", "is damaged", "parley restore", DATABASE_PATH=str(copy))
    copy.write_text("no database at all")
    house.broken("database", "fail", "is damaged", "parley restore", DATABASE_PATH=str(copy))
    house.broken("database", "warn", "is not there yet", "parley serve", DATABASE_PATH=str(tmp_path / "none"))


def test_memcached_away(house: House) -> None:
    house.broken("memcached", "warn", "", "only slower", MEMCACHED_SERVERS="")
    house.broken("memcached", "warn", "/nonexistent", "start memcached", MEMCACHED_SERVERS="/nonexistent")
    house.broken("memcached", "fail", "names no server", "host:port", MEMCACHED_SERVERS="host:port")


def test_a_scanner_without_signatures_with_old_ones_and_away(house: House, tmp_path: pathlib.Path) -> None:
    port = str(free_port())
    house.broken("scanner", "fail", "clamd", "freshclam", CLAMAV_DATABASE_DIR=str(tmp_path), CLAMAV_PORT=port)
    house.broken("scanner", "fail", "libclamav", "freshclam", CLAMAV_DATABASE_DIR=str(tmp_path), SCAN_ENGINE="libclamav")
    house.broken("scanner", "warn", "unscanned", "ENABLE_VIRUS_SCAN=true", ENABLE_VIRUS_SCAN="false")
    old = tmp_path / "old"
    old.mkdir()
    text = (house.run.var / "signatures/test.ndb").read_text()
    (old / "test.ndb").write_text(text)
    made = time.time() - 9 * 24 * 3600
    os.utime(old / "test.ndb", (made, made))
    house.broken("scanner", "warn", "9 days old", "freshclam", CLAMAV_DATABASE_DIR=str(old))


def test_a_provider_that_does_not_answer(house: House) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    code, found = house.check(GROQ_API_KEY="k", GROQ_BASE_URL=nowhere)
    assert code == 0 and found["provider groq"]["status"] == "warn" and found["provider local"]["status"] == "ok"
    assert "providers" not in found
    house.broken("providers", "fail", "none of them answers", "LOCAL_LLM_BASE_URL", LOCAL_LLM_BASE_URL=nowhere)
    house.broken(
        "providers", "fail", "none is configured", "GROQ_API_KEY", LOCAL_LLM_BASE_URL="", LOCAL_LLM_MODEL=""
    )


def test_backups_that_are_not_there_old_beside_the_data_or_off(house: House, tmp_path: pathlib.Path) -> None:
    house.broken("backups", "warn", "switched off", "parley backup", BACKUP_ENABLED="false")
    house.broken("backups", "warn", "none yet", "makes the first", BACKUPS_DIR=str(tmp_path / "none"))
    beside = house.run.var / "data/backups"
    subprocess.run(["cp", "-a", house.environment["BACKUPS_DIR"], beside], check=True)
    house.broken("backups", "warn", "on the data's disk", "another disk", BACKUPS_DIR=str(beside))
    [newest, *_] = sorted((beside / "snapshots").iterdir(), reverse=True)
    newest.rename(beside / "snapshots/20250101T000000.000Z")
    for other in (beside / "snapshots").iterdir():
        if other.name != "20250101T000000.000Z":
            subprocess.run(["rm", "-r", other], check=True)
    house.broken("backups", "warn", "h old", "log", BACKUPS_DIR=str(beside))
    # A folder without its files is no backup.
    (beside / "snapshots/20250101T000000.000Z/parley.sqlite").unlink()
    house.broken("backups", "warn", "none yet", "makes the first", BACKUPS_DIR=str(beside))


def test_nginx_that_is_away_or_does_not_pass_on(house: House) -> None:
    house.broken("nginx", "fail", "connection refused", "start nginx", PARLEY_HTTP_PORT=str(free_port()))
    other = f"http://127.0.0.1:{house.run.http_port}/elsewhere/"
    house.broken("nginx", "fail", "answered with 404", "nginx/parley.conf", PUBLIC_URL=other)
    untrusted = f"https://127.0.0.1:{house.run.https_port}/"
    house.broken("nginx", "fail", "no trusted TLS", "update-ca-certificates", PUBLIC_URL=untrusted)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk needs root")
def test_a_disk_that_is_full_nearly_full_or_closed(house: House) -> None:
    data = house.run.var / "small"
    data.mkdir()
    for size, status in (("100m", "fail"), ("600m", "warn"), ("1200m", "ok")):
        script = f'mount -t tmpfs -o size={size} none "$DATA_DIR" && exec "$0" check --json'
        ran = subprocess.run(
            ["unshare", "-m", "--propagation", "private", "bash", "-c", script, BINARY],
            env=house.environment | {"DATA_DIR": str(data)}, cwd=house.run.var, capture_output=True, text=True,
        )
        [disk] = [check for check in json.loads(ran.stdout)["checks"] if check["name"] == "disk"]
        assert disk["status"] == status and "MB free" in disk["detail"], disk
        assert ran.returncode == (1 if status == "fail" else 0)
    house.broken("disk", "fail", "cannot be written", "DATA_DIR", DATA_DIR=str(house.run.var / "terminal"))
    house.broken("disk", "warn", "is not there yet", "parley serve", DATA_DIR=str(house.run.var / "nowhere"))


def test_the_time_zone_is_told(house: House) -> None:
    assert house.check(TIMEZONE="Asia/Tokyo")[1]["time zone"]["detail"].endswith(" in Asia/Tokyo")


def test_a_running_server_and_a_backup_are_not_in_the_way(house: House) -> None:
    """Nothing is locked: while another holds the database's writer, and with it all that a server may."""
    held = sqlite3.connect(house.run.var / "data/parley.sqlite", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    try:
        assert house.check()[1]["database"]["status"] == "ok"
    finally:
        held.execute("ROLLBACK")
    before = {p.name for p in (house.run.var / "data").iterdir()}
    house.check()
    assert {p.name for p in (house.run.var / "data").iterdir()} == before
