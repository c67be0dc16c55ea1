"""A responder whose listening socket is kept by its parent, as an init system does it: restarts refuse nobody."""

import os
import signal
import socket
import subprocess

from local_run import BINARY, ROOT, LocalRun, eventually

# nginx's configuration, made as `tools/run` makes it.
CONFIGURE = """
set -euo pipefail
source tools/lib/common.sh
source tools/lib/settings.sh
source tools/lib/processes.sh
source tools/lib/nginx.sh
http_port=$PARLEY_HTTP_PORT https_port=$PARLEY_HTTPS_PORT
mkdir -p "$var"/run "$var"/log "$var"/nginx "$var"/data
configure_nginx
"""


class KeptRun(LocalRun):
    """nginx and the responder without `tools/run`: the socket belongs to this process."""

    def __init__(self, provider_url: str) -> None:
        super().__init__(provider_url)
        self.environment |= {"DATA_DIR": str(self.var / "data"), "MEMCACHED_SERVERS": "", "STOP_GRACE_SECONDS": "0"}
        self.responder: subprocess.Popen | None = None
        self.nginx: subprocess.Popen | None = None

    def started(self, seconds: float = 60) -> "KeptRun":
        subprocess.run(["bash", "-c", CONFIGURE], cwd=ROOT, env=self.environment, check=True, stdin=subprocess.DEVNULL)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(self.var / "run/parley.sock"))
        self.socket.listen(4096)
        place = self.var / "nginx"
        self.nginx = subprocess.Popen(
            ["nginx", "-p", place, "-c", place / "nginx.conf", "-e", self.var / "log/nginx.log"]
        )
        self.start_responder()
        parts = (self.nginx, self.responder)
        eventually(lambda: self.healthy() or any(part.poll() is not None for part in parts), seconds, "the site")
        assert self.nginx.poll() is None, (self.var / "log/nginx.log").read_text()
        assert self.responder.poll() is None, (self.var / "log/parley.log").read_text()
        return self

    def start_responder(self) -> None:
        with open(self.var / "log/parley.log", "a") as log:
            self.responder = subprocess.Popen(
                [BINARY, "serve"], cwd=self.var, env=self.environment, stdin=self.socket, stdout=log, stderr=log
            )

    def restart(self, number: signal.Signals) -> None:
        """Ends the responder and starts the next; connections wait in the socket's backlog meanwhile."""
        self.responder.send_signal(number)
        self.responder.wait(30)
        self.start_responder()

    def stop(self) -> None:
        for process in (self.responder, self.nginx):
            if process and process.poll() is None:
                process.terminate()
                process.wait(30)
        super().stop()


def is_long() -> bool:
    """Whether the long versions were asked for (`make test-long`)."""
    return bool(os.environ.get("PARLEY_LONG_TESTS"))
