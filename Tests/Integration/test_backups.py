"""Backups and restores as an operator does them, with the site running, and with everything that goes wrong."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator

import pytest

from kept_run import KeptRun, is_long
from local_run import BINARY, eventually
from scripted_provider import ScriptedProvider

DISCUSSIONS = 20
REPETITIONS = 20 if is_long() else 3
# The uid that owns nothing.
NOBODY = 65534


def slowly(request: dict) -> Iterator[str]:
    """A message of a few pieces, so that a backup comes in the middle of some."""
    for word in ("One ", "word ", "after ", "another."):
        time.sleep(random.uniform(0, 0.05))
        yield word


class House(KeptRun):
    """A run whose backups are made by the tests alone."""

    def __init__(self, provider: ScriptedProvider) -> None:
        super().__init__(provider.url)
        self.environment |= {
            "BACKUP_ENABLED": "false", "MAX_RUNNING_ROUNDS": "20", "RATE_LIMIT_START": "1000000",
            "RATE_LIMIT_COMMANDS": "1000000",
        }
        self.data = self.var / "data"
        self.backups = self.data / "backups"

    def keep(self, *arguments: str, **more: object) -> subprocess.CompletedProcess:
        """`parley` as the operator calls it for this site."""
        return subprocess.run(
            [BINARY, *arguments], env=self.environment, cwd=self.var, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, **more,
        )

    def backup(self) -> pathlib.Path:
        made = self.keep("backup")
        assert made.returncode == 0, made.stderr
        return pathlib.Path(made.stdout.splitlines()[-1])

    def down(self) -> None:
        self.responder.terminate()
        self.responder.wait(30)

    def send(self, path: str, body: dict) -> tuple[int, dict]:
        status, _, answer = self.request(
            "POST", path, json.dumps(body).encode(), Accept="application/json", Content_Type="application/json",
            Idempotency_Key=str(uuid.uuid4()),
        )
        return status, json.loads(answer)

    def pad(self, megabytes: int) -> None:
        """Makes the database so large that a backup of it takes its time."""
        with sqlite3.connect(self.data / "parley.sqlite") as database:
            database.execute("CREATE TABLE padding (x BLOB) STRICT")
            database.executemany("INSERT INTO padding VALUES (?)", ((random.randbytes(1 << 20),) for _ in range(megabytes)))
        database.close()


@pytest.fixture
def house(provider: ScriptedProvider) -> Iterator[House]:
    provider.says = lambda request: ["Said."]
    house = House(provider)
    try:
        yield house.started()
    finally:
        house.stop()


@pytest.fixture
def other(provider: ScriptedProvider) -> Iterator[House]:
    """Another machine, on which nothing was ever started."""
    house = House(provider)
    try:
        yield house
    finally:
        house.stop()


def waiting(house: House, path: str) -> dict:
    def found() -> dict | None:
        discussion = house.discussion(path)
        return discussion if discussion["status"] != "running" else None

    return eventually(found, 60, f"{path} to wait")


def sums(folder: pathlib.Path) -> dict[str, str]:
    """Every file below a folder by its content."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*")) if file.is_file()
    }


class Asker(threading.Thread):
    """Says something whenever its discussion waits, and remembers what was acknowledged, and when."""

    def __init__(self, house: House, path: str) -> None:
        super().__init__(daemon=True)
        self.house, self.path = house, path
        self.acknowledged: list[tuple[float, str, int]] = []
        self.ends = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ends.is_set():
            if self.house.discussion(self.path)["status"] == "running":
                self.ends.wait(0.05)
                continue
            number += 1
            said = f"Remark {number} of {self.path[-8:]}."
            status, answer = self.house.send(f"{self.path}/input", {"input": said})
            if status == 200:
                self.acknowledged.append((time.monotonic(), said, answer["ack"]["cursor"]))


@pytest.mark.parametrize("repetition", range(REPETITIONS))
def test_a_backup_under_load_restored_elsewhere_has_all_that_was_acknowledged(
    house: House, other: House, provider: ScriptedProvider, repetition: int
) -> None:
    provider.says = slowly
    askers = [Asker(house, house.start_discussion(f"Question {n}?")) for n in range(DISCUSSIONS)]
    for asker in askers:
        asker.start()
    eventually(lambda: sum(len(asker.acknowledged) for asker in askers) >= DISCUSSIONS, 120, "rounds under way")
    time.sleep(random.uniform(0, 1))
    begun = time.monotonic()
    snapshot = house.backup()
    lost = house.send(askers[0].path + "/stop", {})
    for asker in askers:
        asker.ends.set()
    for asker in askers:
        asker.join(60)
    newest = json.loads(house.get("/events?wait=0&after=0", Accept="application/json")[2])["cursor"]
    assert lost[0] in (200, 409)

    restored = other.keep("restore", str(snapshot))
    assert restored.returncode == 0, restored.stderr
    with sqlite3.connect(other.data / "parley.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        left = [f"/discussions/{row[0]}" for row in database.execute("SELECT id FROM discussions WHERE status = 'running'")]
    database.close()
    last = json.loads((snapshot / "manifest.json").read_text())["database"]["lastEvent"]
    other.started()
    for asker in askers:
        discussion = other.discussion(asker.path)
        there = [said for round in discussion["rounds"] for said in round["userInput"]]
        for at, said, cursor in asker.acknowledged:
            if at < begun:
                assert said in there, f"{said} was acknowledged before the backup began"
            assert (said in there) == (cursor <= last), "a snapshot is one instant of the log"
    # What was running goes on at its seat, and every seat has spoken once.
    for path in left:
        discussion = waiting(other, path)
        turns = [message["turn"] for round in discussion["rounds"] for message in round["messages"]]
        assert turns == list(range(1, len(turns) + 1))
        assert discussion["rounds"][-1]["complete"]
    if newest > last + 1:
        status, _, body = other.get(f"/events?after={newest}&wait=0", Accept="application/json")
        assert status == 410 and json.loads(body)["error"]["code"] == "CURSOR_AHEAD"
    assert other.get(f"/events?after={last}&wait=0")[0] == 200


def test_a_backup_shows_in_health_and_in_the_metrics(provider: ScriptedProvider) -> None:
    house = House(provider)
    house.environment["BACKUP_ENABLED"] = "true"
    try:
        house.started()

        def component() -> dict:
            return json.loads(house.get("/health")[2])["components"]["backups"]

        eventually(lambda: "the newest is 0 min old" in component()["detail"], 30, "the first backup")
        assert component()["status"] == "ok"
        metrics = house.get("/metrics")[2].decode()
        assert "\nparley_backups_total 1\n" in metrics and "\nparley_backup_alarm 0.0\n" in metrics
        assert "backed up" in (house.var / "log/parley.log").read_text()
        assert "Backups" in house.get("/status")[2].decode()
    finally:
        house.stop()


def test_switched_off_backups_are_said_to_be(house: House) -> None:
    component = json.loads(house.get("/health")[2])["components"]["backups"]
    assert component == {"status": "ok", "detail": "switched off by BACKUP_ENABLED"}
    assert "BACKUP_ENABLED is false" in (house.var / "log/parley.log").read_text()
    assert not house.backups.exists()
    assert house.backup().is_dir()


def test_a_killed_backup_leaves_the_old_ones_and_the_next_one_clears_up(house: House) -> None:
    path = house.start_discussion("What is kept?")
    waiting(house, path)
    house.pad(64)
    old = house.backup()
    before = sums(house.backups)
    for _ in range(20):
        backup = subprocess.Popen([BINARY, "backup"], env=house.environment, cwd=house.var, stdout=subprocess.DEVNULL)
        unfinished = eventually(
            lambda: list((house.backups / "snapshots").glob(".new-*/parley.sqlite")) or backup.poll() is not None
        )
        backup.send_signal(signal.SIGKILL)
        backup.wait()
        if unfinished is not True and unfinished[0].exists():
            break
    else:
        pytest.fail("it was never killed in time")
    assert {name: sum for name, sum in sums(house.backups).items() if name in before} == before
    refused = house.keep("restore", str(unfinished[0].parent), "--dry-run")
    assert refused.returncode == 1 and "is no backup" in refused.stderr
    new = house.backup()
    assert new != old and not list(house.backups.rglob(".new-*"))
    house.down()
    assert house.keep("restore", str(new), "--dry-run").returncode == 0


def on_a_small_disk(house: House, script: str) -> subprocess.CompletedProcess:
    """Runs a shell script in which $backups is a disk of its own."""
    house.backups.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        ["unshare", "-m", "--propagation", "private", "bash", "-euc", script], cwd=house.var, capture_output=True,
        text=True, timeout=120, env=house.environment | {"backups": str(house.backups), "parley": str(BINARY)},
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk needs root")
@pytest.mark.parametrize(
    "full, words",
    [("size=8m", "MB left; a backup needs"), ("size=100m,nr_inodes=$(($(find $backups | wc -l) + 2))", "No space left")],
    ids=["told before", "found out while writing"],
)
def test_a_full_disk_leaves_the_old_backups(house: House, full: str, words: str) -> None:
    waiting(house, house.start_discussion("What is kept?"))
    done = on_a_small_disk(
        house,
        f"""
        mount -t tmpfs -o size=100m,mode=700 none $backups
        old=$($parley backup | tail -1)
        sum=$(cd $old && sha256sum parley.sqlite manifest.json)
        mount -o remount,{full} $backups
        status=0
        $parley backup > out || status=$?
        test ! -s out && test $status = 1
        test "$(cd $old && sha256sum parley.sqlite manifest.json)" = "$sum"
        test -z "$(find $backups -name '.new-*')"
        $parley restore $old --dry-run && exit 9 || true
        """,
    )
    assert done.returncode == 0, done.stderr
    assert words in done.stderr
    assert "stop the server first" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="another user needs root")
def test_a_directory_that_may_not_be_written_is_told(house: House) -> None:
    waiting(house, house.start_discussion("What is kept?"))
    old = house.backup()
    before = sums(house.backups)
    house.down()
    binary = pathlib.Path(tempfile.mkdtemp(prefix="parley-", dir="/tmp")) / "parley"
    try:
        # The build may lie where nobody else may look.
        shutil.copy(BINARY, binary)
        binary.parent.chmod(0o755)
        house.var.chmod(0o755)
        for file in [house.data, *house.data.glob("*")]:
            os.chown(file, NOBODY, NOBODY)
        os.chown(house.backups, 0, 0)
        for folder in [house.backups, *(f for f in house.backups.rglob("*") if f.is_dir())]:
            folder.chmod(0o555)
        refused = subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", binary, "backup"],
            env=house.environment, cwd=house.data, capture_output=True, text=True, timeout=60,
        )
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "Permission denied" in refused.stderr and len(refused.stderr.splitlines()) == 1
        assert sums(house.backups) == before and old.is_dir()
    finally:
        shutil.rmtree(binary.parent)


def test_damaged_backups_are_refused_and_nothing_is_touched(house: House) -> None:
    path = house.start_discussion("What is kept?")
    waiting(house, path)
    made = house.keep("backup").stdout.splitlines()
    folder, snapshot = map(pathlib.Path, (made[0], made[-1]))
    discussion = folder / "discussion.json"
    whole = discussion.read_bytes()
    discussion.write_bytes(whole[: len(whole) // 2])
    cut = house.keep("restore", str(folder))
    assert cut.returncode == 1 and "discussion.json is damaged" in cut.stderr and cut.stdout == ""
    discussion.unlink()
    assert "is missing" in house.keep("restore", str(folder)).stderr

    house.down()
    before = sums(house.data)
    database = snapshot / "parley.sqlite"
    content = bytearray(database.read_bytes())
    content[len(content) // 2] ^= 1
    database.write_bytes(content)
    before["backups/" + str(database.relative_to(house.backups))] = hashlib.sha256(content).hexdigest()
    damaged = house.keep("restore", str(snapshot))
    assert damaged.returncode == 1 and "parley.sqlite is damaged" in damaged.stderr
    assert len(damaged.stderr.splitlines()) == 1
    assert sums(house.data) == before
    assert house.keep("restore", str(house.var)).returncode == 1
    assert house.keep("restore", "/nowhere").returncode == 1


def test_a_discussion_is_restored_while_the_site_runs(house: House) -> None:
    path = house.start_discussion("What is kept?")
    waiting(house, path)
    identity = path.rpartition("/")[2]
    made = house.keep("backup", "--discussion", identity)
    assert made.returncode == 0
    folder = made.stdout.strip()
    exported = json.loads(house.get(f"{path}/export.json")[2])

    assert house.send(f"{path}/input", {"input": "Later."})[0] == 200
    waiting(house, path)
    rehearsed = house.keep("restore", folder, "--force", "--dry-run")
    assert rehearsed.returncode == 0 and "in the place of" in rehearsed.stdout
    assert len(house.discussion(path)["rounds"]) == 2

    beside = house.keep("restore", folder)
    assert beside.returncode == 0, beside.stderr
    copy = house.discussion("/discussions/" + beside.stdout.splitlines()[-1])
    assert copy["id"] != identity and len(copy["rounds"]) == 1
    assert len(house.discussion(path)["rounds"]) == 2

    cursor = house.discussion(path)["cursor"]
    over = house.keep("restore", folder, "--force")
    assert over.returncode == 0 and over.stdout.splitlines()[-1] == identity
    # The running site finds out by itself: its page and whoever follows it.
    events = json.loads(house.get(f"{path}/events?after={cursor}&wait=10")[2])["events"]
    assert [event["type"] for event in events] == ["discussion-restored"]
    again = json.loads(house.get(f"{path}/export.json")[2])
    assert {**again, "cursor": 0} == {**exported, "cursor": 0}
    # And goes on with it.
    assert house.send(f"{path}/proceed", {})[0] == 200
    assert len(waiting(house, path)["rounds"]) == 2

    unknown = house.keep("backup", "--discussion", "nothing")
    assert unknown.returncode == 1 and "there is no discussion nothing" in unknown.stderr


def test_a_snapshot_is_restored_only_with_the_server_stopped(house: House) -> None:
    path = house.start_discussion("What is kept?")
    waiting(house, path)
    snapshot = house.backup()
    refused = house.keep("restore", str(snapshot))
    assert refused.returncode == 1 and "stop the server first" in refused.stderr
    later = house.start_discussion("And later?")
    waiting(house, later)
    house.down()
    done = house.keep("restore", str(snapshot))
    assert done.returncode == 0, done.stderr
    assert list(house.data.glob("parley.sqlite.before-*"))
    house.start_responder()
    eventually(house.healthy)
    assert house.get(later)[0] == 404 and house.get(path)[0] == 200
