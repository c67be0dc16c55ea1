"""The whole life of a site, in a root of its own: install, start, discuss, upgrade, back up, lose all, restore, go on.

Run by test_drill.py as root in a chroot over an overlay of the running system, so that `make install` may do all
that it does on an operator's machine. What stands in for systemd is here: it holds the socket, and starts the
program as the unit would: as its user, with its settings and its credentials.
"""

import grp
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

from local_run import BINARY, ROOT, eventually, free_port
from test_upgrade import Load, Parent

STATE, ENVIRONMENT = pathlib.Path("/var/lib/parley"), pathlib.Path("/etc/parley/parley.env")
PROGRAM = "/usr/local/lib/parley/parley"


class Machine(Parent):
    """The installed site in place of a run's."""

    def __init__(self, provider_url: str) -> None:
        self.port, self.started, self.nginx = free_port(), [], None
        self.house = pathlib.Path("/run/drill")
        (self.house / "log").mkdir(parents=True)
        ENVIRONMENT.write_text(
            ENVIRONMENT.read_text().replace("AUTH_MODE=accounts", "AUTH_MODE=open").replace("MEMCACHED_SERVERS=127", "#MEMCACHED_SERVERS=127")
            + "LOCAL_LLM_MODEL=scripted-1\nENABLE_VIRUS_SCAN=false\nBACKUPS_DIR=/srv/backups\nPOLLS_PER_PERSON=1000\n"
            "RATE_LIMIT_START=1000000\nRATE_LIMIT_COMMANDS=1000000\nAUTH_OPEN_TO_NETWORK=true\n"
        )
        pathlib.Path("/etc/parley/credentials/LOCAL_LLM_BASE_URL").write_text(provider_url + "\n")
        user = pwd.getpwnam("parley")
        self.user = (user.pw_uid, user.pw_gid)
        os.makedirs("/srv/backups", exist_ok=True)
        os.chown("/srv/backups", *self.user)
        credentials = pathlib.Path("/run/credentials")
        credentials.mkdir()
        for file in pathlib.Path("/etc/parley/credentials").iterdir():
            copy = shutil.copy(file, credentials / f"parley_{file.name}")
            os.chown(copy, *self.user)
        lines = [line for line in ENVIRONMENT.read_text().splitlines() if re.match("[A-Z]", line)]
        self.environment = {
            "PATH": os.environ["PATH"], "CREDENTIALS_DIRECTORY": str(credentials),
            **dict(line.split("=", 1) for line in lines),
        }
        self.socket = socket.socket(socket.AF_UNIX)
        path = self.environment["FASTCGI_SOCKET"]
        self.socket.bind(path)
        os.chown(path, user.pw_uid, grp.getgrnam("www-data").gr_gid)
        os.chmod(path, 0o660)
        self.socket.listen(4096)

    def confine(self) -> list[str]:
        uid, gid = self.user
        return ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]

    def responder(self) -> subprocess.Popen:
        number = len(self.started)
        with open(self.house / f"log/parley-{number}.log", "w") as log:
            process = subprocess.Popen(
                [*self.confine(), PROGRAM, "serve"], env=self.environment, cwd=STATE, stdin=self.socket, stdout=log,
                stderr=log,
            )
        self.started.append(process)
        eventually(lambda: "listening" in self.log(number) or process.poll() is not None, 30)
        assert process.poll() is None, self.log(number)
        return process

    def parley(self, *words: str, fails: bool = False, give: str = "") -> str:
        """As root at a prompt has it: anywhere, with no setting in the environment."""
        ran = subprocess.run(
            ["parley", *words], env={"PATH": "/usr/local/bin:" + os.environ["PATH"]}, cwd="/root", input=give,
            capture_output=True, text=True, timeout=120,
        )
        # The certificate is nobody's, so `check` fails over nginx.
        assert fails or ran.returncode == 0, (words, ran.stdout, ran.stderr)
        return ran.stdout

    def web_server(self) -> None:
        """Debian's own nginx with the site as it was installed; only what is "yours" is set."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
             "/CN=localhost", "-keyout", "/etc/ssl/parley.key", "-out", "/etc/ssl/parley.crt"],
            check=True, capture_output=True,
        )
        site = pathlib.Path("/etc/nginx/sites-available/parley")
        text = site.read_text().replace("parley.intranet.example", "127.0.0.1 localhost")
        for port, other in ((80, free_port()), (443, self.port)):
            text = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{other}", text)
        # One address holds all the load, where in life it would be a house full of people.
        text = text.replace("rate=50r/s", "rate=5000r/s").replace("burst=100", "burst=5000").replace("limit_conn parley_connections 64", "limit_conn parley_connections 5000")
        # It is silent for the sake of people's words; here it should say why.
        site.write_text(text.replace("parley-error.log emerg", "parley-error.log error"))
        pathlib.Path("/etc/nginx/sites-enabled/default").unlink(missing_ok=True)
        os.symlink("../sites-available/parley", "/etc/nginx/sites-enabled/parley")
        self.nginx = subprocess.Popen(["nginx", "-g", "daemon off;"])
        eventually(lambda: self.ask("GET", "/health")[0] == 200)

    def connect(self) -> socket.socket:
        plain = super().connect()
        return ssl._create_unverified_context().wrap_socket(plain)

    def waits(self, path: str) -> dict:
        return eventually(lambda: (d := self.ask("GET", path)[1]).get("waitingForAction") and d, 90)

    def stop(self) -> None:
        self.started[-1].send_signal(signal.SIGTERM)
        assert self.started[-1].wait(40) == 0, self.log(len(self.started) - 1)


def step(words: str) -> None:
    print(f"drill: {words}", flush=True)


def main(provider_url: str) -> None:
    step("install")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    subprocess.run(["make", "-s", "install"], cwd=ROOT, env=environment | {"PARLEY_BINARY": str(BINARY)}, check=True)
    assert "www-data" in grp.getgrnam("parley").gr_mem, "nginx's user is in Parley's group"
    assert STATE.stat().st_mode & 0o777 == 0o750

    machine = Machine(provider_url)
    try:
        step("start")
        machine.responder()
        machine.web_server()

        step("account")
        password = "correct horse battery\n"
        assert machine.parley("user", "add", "anna", "--admin", "--password-stdin", give=password) == "anna can sign in now.\n"
        # The open site's own person is listed beside her: it is the running server's database.
        assert [line.split("\t")[0] for line in machine.parley("user", "list").splitlines()] == ["anna", "local"]

        step("discussion")
        status, answer = machine.ask("POST", "/discussions", {"topic": "Does it survive?"}, "drill-1")
        assert status == 201, answer
        path = f"/discussions/{answer['ack']['discussionId']}"
        first = machine.waits(path)

        step("upgrade under load")
        with Load(machine).running() as load:
            time.sleep(2)
            # A second installation over the running one: its program's file is replaced, not written to.
            subprocess.run(["make", "-s", "install"], cwd=ROOT, env=environment | {"PARLEY_BINARY": str(BINARY)}, check=True)
            old = machine.started[-1]
            machine.responder()
            old.send_signal(signal.SIGTERM)
            assert old.wait(40) == 0
            time.sleep(2)
        told = [(kind, status, str(answer)[:80]) for kind, status, answer in load.failed]
        assert told == [], (told, pathlib.Path("/var/log/nginx/parley-error.log").read_text()[-2000:])
        assert len(load.acknowledged) > 10
        for id in load.acknowledged:
            machine.waits(f"/discussions/{id}")

        step("backup")
        snapshot = pathlib.Path(machine.parley("backup").splitlines()[-1])
        assert (snapshot / "manifest.json").exists()

        step("destroy the data")
        machine.stop()
        for child in STATE.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()

        step("restore")
        machine.parley("restore", str(snapshot), "--dry-run")
        machine.parley("restore", str(snapshot))
        machine.responder()
        checked = machine.parley("check", fails=True)
        assert re.search("^ok +database ", checked, re.MULTILINE)
        assert re.search("^ok +provider local ", checked, re.MULTILINE), "it knows the credentials"

        step("the same discussion continues")
        restored = machine.ask("GET", path)[1]
        assert restored["rounds"] == first["rounds"] and restored["waitingForAction"]
        for id in load.acknowledged:
            assert machine.ask("GET", f"/discussions/{id}")[0] == 200, "an acknowledged command is lost"
        # The ledger came back too: what was acknowledged is not done twice.
        status, again = machine.ask("POST", "/discussions", {"topic": "Does it survive?"}, "drill-1")
        assert (status, again["ack"]["replayed"], again["ack"]["discussionId"]) == (201, True, answer["ack"]["discussionId"])
        status, answer = machine.ask("POST", f"{path}/proceed", {}, "drill-2")
        assert status == 200, answer
        assert len(machine.waits(path)["rounds"]) == 2
        machine.stop()
        # Of root's commands too.
        assert {p.owner() for place in (STATE, pathlib.Path("/srv/backups")) for p in place.rglob("*")} == {"parley"}

        step("uninstall")
        subprocess.run(["make", "-s", "uninstall"], cwd=ROOT, env=environment | {"PARLEY_BINARY": str(BINARY)}, check=True)
        assert not os.path.exists(PROGRAM) and not os.path.lexists("/usr/local/bin/parley")
        assert (STATE / "parley.sqlite").exists(), "the data are the operator's"
        assert ENVIRONMENT.exists(), "it was changed"
    finally:
        for process in [*machine.started, *([machine.nginx] if machine.nginx else [])]:
            if process.poll() is None:
                process.terminate()
                process.wait(40)
    step(f"done: {len(load.acknowledged)} commands and {load.polls} polls over an upgrade and a restore")


if __name__ == "__main__":
    main(sys.argv[1])
