"""PHP-FPM with what a good PHP engineer would switch on: opcache that never looks at the files again, the JIT, children
that are there from the start, and more of them than nginx has connections, so that kept ones starve nobody."""

import os
import pathlib
import subprocess

from peers.processes import Peer, missing

SOURCES = pathlib.Path(__file__).resolve().parent / "php"
# More than the connections of any load here.
CHILDREN = 72
PHP = "php-fpm8.2"

POOL = """
[global]
daemonize = no
error_log = {place}/fpm.log
log_level = warning
[bench]
listen = {place}/php.sock
listen.backlog = 4096
pm = static
pm.max_children = {children}
pm.max_requests = 0
catch_workers_output = yes
{user}
"""

OPTIONS = {
    "opcache.enable": "1", "opcache.validate_timestamps": "0", "opcache.jit": "tracing",
    "opcache.jit_buffer_size": "64M", "realpath_cache_ttl": "600", "display_errors": "0", "log_errors": "1",
    "memcached.sess_locking": "0",
}


class PHPFPM(Peer):
    def __init__(self) -> None:
        super().__init__("php")
        user = "user = root\ngroup = root" if os.geteuid() == 0 else ""
        (self.place / "pool.conf").write_text(POOL.format(place=self.place, children=CHILDREN, user=user))
        settings = OPTIONS | {"error_log": str(self.place / "errors")}
        options = [word for name, value in settings.items() for word in ("-d", f"{name}={value}")]
        root = ["-R"] if os.geteuid() == 0 else []
        self.start([PHP, "-F", "-y", self.place / "pool.conf", *root, *options], self.socket.exists)

    def __exit__(self, *_: object) -> None:
        # A status of 500 says nothing.
        if (errors := self.place / "errors").exists():
            print("PHP says:", errors.read_text()[:1000])
        self.stop()

    @property
    def socket(self) -> pathlib.Path:
        return self.place / "php.sock"

    @staticmethod
    def is_missing() -> str:
        """What is not installed, in words for the table; empty if it is all there."""
        if missing(PHP):
            return "php8.2-fpm is not installed: tools/deps bench"
        modules = subprocess.run([PHP, "-m"], capture_output=True, text=True).stdout.lower().splitlines()
        lacking = {"pdo_sqlite", "memcached", "zend opcache"} - set(modules)
        return f"PHP lacks {', '.join(sorted(lacking))}: tools/deps bench" if lacking else ""
