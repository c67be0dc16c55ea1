"""`make run` as an operator meets it: how it starts, fails, recovers and ends."""

import os
import signal
import socket
import subprocess
import time

import pytest

from local_run import BINARY, ROOT, LocalRun, eventually, processes
from scripted_provider import ScriptedProvider


def test_it_says_where_it_is_ready_and_who_answers(site: LocalRun, provider: ScriptedProvider) -> None:
    assert f"Parley is ready at {site.url}\n" in site.output
    assert f"a local server at {provider.url} (scripted-1)" in site.output
    assert site.errors == ""
    assert site.healthy()


def test_everything_it_makes_lies_under_its_own_directory(site: LocalRun) -> None:
    for name in ("data", "log/parley.log", "log/access.log", "nginx/nginx.conf", "run/memcached.sock"):
        assert (site.var / name).exists(), name
    assert (site.var / "nginx/tls.key").stat().st_mode & 0o077 == 0


def test_a_discussion_runs_its_first_round(site: LocalRun) -> None:
    path = site.start_discussion("Should a small library lend tools as well as books?")
    discussion = eventually(lambda: (d := site.discussion(path))["waitingForAction"] and d, 60)
    messages = discussion["rounds"][0]["messages"]
    assert [(m["persona"], m["turn"]) for m in messages] == [("Analyzer", 1), ("Solver", 2), ("Moderator", 3)]
    assert {m["content"] for m in messages} == {"The beginning and the end."}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_stops_everything(run: LocalRun, name: str) -> None:
    run.started()
    family = run.family()
    assert len(family) >= 5
    os.killpg(run.process.pid, getattr(signal, name))
    assert run.process.wait(15) == 0
    eventually(lambda: run.nothing_left(family), 2)
    assert run.read().errors == ""


def test_killing_the_script_leaves_nothing_running(run: LocalRun) -> None:
    run.started()
    family = run.family()
    run.process.kill()
    run.process.wait()
    eventually(lambda: run.nothing_left(family), 10)


def test_it_starts_at_once_after_it_was_killed(run: LocalRun) -> None:
    run.started()
    run.process.kill()
    run.process.wait()
    before = time.monotonic()
    run.started()
    assert time.monotonic() - before < 10


def test_a_port_in_use_is_one_line(run: LocalRun) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", run.http_port))
        squatter.listen()
        assert run.refused() != 0
    assert run.errors == (
        f"parley: port {run.http_port} is in use by another program. "
        "Stop it, or choose another port by PARLEY_HTTP_PORT.\n"
    )
    assert left_of(run) == []


def test_a_second_run_of_the_same_place_is_refused(site: LocalRun) -> None:
    second = subprocess.run(
        [ROOT / "tools/run"], env=site.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert second.returncode != 0
    assert second.stderr == (
        f"parley: another `make run` of this clone is running (process {site.process.pid}). Stop it first.\n"
    )
    assert site.healthy()


def test_a_bad_setting_is_one_line(run: LocalRun) -> None:
    run.environment["MAX_TOKENS"] = "many"
    assert run.refused() != 0
    assert run.errors.count("\n") == 1 and "MAX_TOKENS" in run.errors
    assert left_of(run) == []


def test_a_responder_that_cannot_start_shows_its_last_words(run: LocalRun) -> None:
    run.environment["PARLEY_BINARY"] = stub(run, "echo 'no room for a database'; exit 3")
    assert run.refused() == 1
    assert run.errors == f"    no room for a database\nparley: parley did not start: see {run.var}/log/parley.log.\n"
    assert left_of(run) == []


@pytest.mark.parametrize("part", ["parley", "nginx", "memcached"])
def test_a_part_that_dies_is_started_again_within_a_second(run: LocalRun, part: str) -> None:
    run.started()
    words = {"parley": " serve", "nginx": "nginx: master", "memcached": "memcached "}[part]
    killed = run.part(words)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: (run.part(words) or killed) != killed, 1, f"a new {part}")
    eventually(run.healthy)
    assert run.read().errors == f"parley: {part} ended (signal KILL); starting it again.\n"


def test_a_responder_killed_over_and_over_comes_back(run: LocalRun) -> None:
    run.started()
    for _ in range(8):
        os.kill(eventually(lambda: run.part(" serve")), signal.SIGKILL)
        eventually(run.healthy)
    assert not run.ended


def test_a_part_that_keeps_failing_ends_the_run(run: LocalRun) -> None:
    broken = run.var / "broken"
    run.environment["PARLEY_BINARY"] = stub(
        run, f"[ -e {broken} ] && echo 'the disk is full' && exit 4; exec {BINARY} $1"
    )
    run.started()
    family = run.family()
    broken.touch()
    os.kill(run.part(" serve"), signal.SIGKILL)
    assert run.process.wait(60) == 1
    assert "parley keeps ending (status 4)" in run.read().errors and "the disk is full" in run.errors
    eventually(lambda: run.nothing_left(family), 5)


def stub(run: LocalRun, serve: str) -> str:
    """A responder that is the real one but for the way it serves."""
    path = run.var / "stub"
    path.write_text(f"#!/bin/sh\n[ $1 = settings ] && exec {BINARY} settings\n{serve}\n")
    path.chmod(0o755)
    return str(path)


def left_of(run: LocalRun) -> list[str]:
    return [command for _, _, command in processes().values() if str(run.var) in command]
