"""The discussion's page of 20 rounds: from the cache, without one, and the first time.

Beside the same page in PHP (opcache, a kept PDO connection to the same SQLite database, memcached for rendered rounds,
Parsedown for Markdown) of about the same bytes, and beside nginx alone with that page as a file, which is the ceiling.
The page shows the newest round; the others are closed, or all of them open (`?rounds=all`). Without memcached means
that none is configured; "nothing kept yet", that the cache is emptied before each request.
"""

import contextlib
import statistics
from collections.abc import Callable

from harness import Bench, Column, Table, quantile
from load import body_of, milliseconds, wrk
from peers.frame import frame
from peers.nginx import PeerNginx, fastcgi
from peers.php import PHPFPM, SOURCES
from site_under_test import Site

ROUNDS, CONNECTIONS = 20, 16
TOPIC = "Does it stay fast for everybody?"
PARSEDOWN = "/usr/share/php/Parsedown/Parsedown.php"
BUSY = [
    Column("per_second", "requests a second"), Column("p50", "p50", "ms", 2), Column("p99", "p99", "ms", 2),
    Column("kilobytes", "bytes", "KB", 1),
]
ALONE = [Column("median", "median", "ms", 2), Column("p95", "p95", "ms", 2), Column("worst", "slowest", "ms", 2)]


def run(bench: Bench) -> None:
    with contextlib.ExitStack() as stack:
        cached = stack.enter_context(Site(cached=True))
        path = cached.long_discussion(ROUNDS, TOPIC)
        plain = stack.enter_context(Site(cached=False))
        plain_path = plain.long_discussion(ROUNDS, TOPIC)
        why = PHPFPM.is_missing()
        peer = None if why else stack.enter_context(php(stack, cached, path))
        for words, query in (("as it opens", ""), ("every round open", "?rounds=all")):
            places = {"Parley": cached.url + path + query, "Parley without memcached": plain.url + plain_path + query}
            if peer:
                asked = f"{query}{'&' if query else '?'}id={path.rsplit('/', 1)[1]}"
                places |= {"PHP": f"{peer.url}/page{asked}", "PHP without memcached": f"{peer.url}/plain{asked}"}
                (peer.place / "static/page.html").write_bytes(cached.get(path + query)[2])
                places["nginx alone, a file"] = f"{peer.url}/static/page.html"
            bench.show(busy(bench, words, places), alone(bench, words, cached, places))
        if why:
            print(f"PHP is left out: {why}.")


def busy(bench: Bench, words: str, places: dict[str, str]) -> Table:
    table = Table(f"The discussion's page, {ROUNDS} rounds, {words}, {CONNECTIONS} connections", "page", BUSY)
    for name, url in places.items():
        table.note(name, kilobytes=len(body_of(url)) / 1000)
        wrk(url, CONNECTIONS, 1)
    alike(table)
    table.alternate(bench.rounds, {name: lambda url=url: measured(url, bench) for name, url in places.items()})
    table.ratio("Parley", "PHP", "per_second", 3)
    table.ratio("Parley without memcached", "PHP without memcached", "per_second")
    return table


def measured(url: str, bench: Bench) -> dict[str, float]:
    return wrk(url, CONNECTIONS, bench.seconds).figures("per_second", "p50", "p99")


def alone(bench: Bench, words: str, site: Site, places: dict[str, str]) -> Table:
    """One request after another: warm, and with the cache emptied before each."""
    table = Table(f"The same, {words}, one request at a time", "page", ALONE)

    def asked(name: str, before: Callable[[], None]) -> dict[str, float]:
        port, path = places[name].removeprefix("http://127.0.0.1:").split("/", 1)
        figures = milliseconds(int(port), [f"/{path}"], bench.count(50, 3), before)
        return {"median": statistics.median(figures), "p95": quantile(figures, 0.95), "worst": max(figures)}

    names = [name for name in places if not name.startswith("nginx")]
    contestants = {name: lambda name=name: asked(name, lambda: None) for name in names}
    # Both keep what they keep in the same memcached.
    contestants |= {
        f"{name}, nothing kept yet": lambda name=name: asked(name, site.memcached.flush)
        for name in names if "without" not in name
    }
    table.alternate(bench.rounds, contestants)
    table.ratio("Parley without memcached", "Parley", "median")
    table.ratio("Parley, nothing kept yet", "Parley", "median")
    return table


def alike(table: Table) -> None:
    """The peer does the same work only if it sends the same page."""
    if "PHP" in table.rows:
        share = table.median("PHP", "kilobytes") / table.median("Parley", "kilobytes")
        assert 0.9 < share < 1.1, f"PHP's page has {share:.2f} times the bytes: peers/php is not up to date"


def php(stack: contextlib.ExitStack, site: Site, path: str) -> PeerNginx:
    fpm = stack.enter_context(PHPFPM())
    frames = {"FRAME": "", "FRAME_ALL": "?rounds=all"}
    id = path.rsplit("/", 1)[1]
    for name, query in frames.items():
        (fpm.place / f"{name}.php").write_text(frame(site.get(path + query)[2].decode(), id, TOPIC))
    given = {name: fpm.place / f"{name}.php" for name in frames} | {
        "SCRIPT_FILENAME": SOURCES / "page.php", "DATABASE": f"{site.data}/parley.sqlite", "PARSEDOWN": PARSEDOWN,
    }
    upstream, page = fastcgi("php", "= /page", fpm.socket, True, **given, MEMCACHED=site.memcached.path)
    _, plain = fastcgi("php", "= /plain", fpm.socket, True, **given)
    return PeerNginx(f"{page}\n{plain}", upstream)
