"""Transport: what does a request cost before anybody has thought about it?

Hello through nginx, by 32 connections: the same few bytes from Parley's FastCGI transport (no routes, no log, no
database), from PHP-FPM with opcache, from Go's net/http/fcgi, and from nginx alone, which is the ceiling. Each
responder runs behind the same nginx, with and without connections that nginx keeps.
"""

import contextlib
import os
import pathlib

from harness import Bench, Column, Table
from load import wrk
from local_run import BINARY
from peers.go import GoFCGI
from peers.nginx import PeerNginx, fastcgi
from peers.php import PHPFPM, SOURCES
from peers.processes import Peer

CONNECTIONS = 32
COLUMNS = [
    Column("per_second", "requests a second"), Column("p50", "p50", "ms", 2), Column("p99", "p99", "ms", 2),
]


class ParleyHello(Peer):
    program = pathlib.Path(os.environ.get("PARLEY_HELLO", BINARY.parent / "parley-hello"))

    def __init__(self) -> None:
        super().__init__("hello")
        self.socket = self.place / "hello.sock"
        self.start([self.program, self.socket], self.socket.exists)

    @classmethod
    def is_missing(cls) -> str:
        return "" if cls.program.exists() else f"{cls.program} is not built: PARLEY_BENCH=1 swift build"


def run(bench: Bench) -> None:
    table = Table("Hello through nginx, 32 connections", "responder", COLUMNS)
    upstreams, locations, paths = [], [], {"nginx alone": "/nothing"}
    with contextlib.ExitStack() as stack:
        for name, peer in (("Parley's transport", ParleyHello), ("PHP-FPM", PHPFPM), ("Go net/http/fcgi", GoFCGI)):
            if why := peer.is_missing():
                table.remarks.append(f"{name} is left out: {why}.")
                continue
            running = stack.enter_context(peer())
            for kept in (True, False):
                row = name if kept else f"{name}, connections not kept"
                paths[row] = f"/{len(paths)}"
                script = {"SCRIPT_FILENAME": SOURCES / "hello.php"} if peer is PHPFPM else {}
                upstream, location = fastcgi(f"peer{len(paths)}", f"= {paths[row]}", running.socket, kept, **script)
                upstreams.append(upstream)
                locations.append(location)
        nginx = stack.enter_context(PeerNginx("\n".join(locations), "\n".join(upstreams)))
        for path in paths.values():
            wrk(nginx.url + path, CONNECTIONS, 1)
        table.alternate(bench.rounds, {
            row: lambda path=path: wrk(nginx.url + path, CONNECTIONS, bench.seconds).figures("per_second", "p50", "p99")
            for row, path in paths.items()
        })
    # PHP's better one: kept connections help it or not.
    php = [row for row in table.rows if row.startswith("PHP")]
    if php:
        best = max(php, key=lambda row: table.median(row, "per_second"))
        table.ratio("Parley's transport", best, "per_second", 1.5)
    table.ratio("Parley's transport", "Go net/http/fcgi", "per_second", 2.5)
    bench.show(table)
