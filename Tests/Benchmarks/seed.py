"""Many discussions, written straight into a site's database, since nobody waits for a million messages to be said.

The rows are copies of what Parley itself wrote for one discussion, with other ids, times and words, so they fit
its schema whatever that is; its own triggers index them. The same seed gives the same words.
"""

import itertools
import random
import sqlite3

from site_under_test import Site

SYLLABLES = "ba do fi gu ka le mo nu pa ri so tu va we xi zo".split()
# As in a language: the n-th word is said about 1/n as often as the first.
WORDS = ["".join(parts) for parts in itertools.product(SYLLABLES, repeat=3)]
SHARES = list(itertools.accumulate(1 / place for place in range(1, len(WORDS) + 1)))
SEATS = 3
# A transaction of so many discussions: nobody else writes meanwhile.
BATCH = 2_000


class Words:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def some(self, count: int) -> str:
        return " ".join(self.random.choices(WORDS, cum_weights=SHARES, k=count))


def insert(database: sqlite3.Connection, table: str, template: dict, rows: list[dict]) -> None:
    """Copies of a row, each with values of its own."""
    names = list(template)
    places = ", ".join("?" * len(names))
    database.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})",
        [[{**template, **row}[name] for name in names] for row in rows],
    )


def row_of(database: sqlite3.Connection, table: str, discussion: str) -> dict:
    column = "id" if table == "discussions" else "discussion"
    cursor = database.execute(f"SELECT * FROM {table} WHERE {column} = ? LIMIT 1", (discussion,))
    return dict(zip((part[0] for part in cursor.description), cursor.fetchone()))


def seed(site: Site, discussions: int, rounds: int = 1, seed: int = 1, length: int = 60) -> None:
    """Adds so many waiting discussions of three seats; the responder is stopped meanwhile."""
    model = site.waiting_discussion("The one that others are copied from")
    site.responder.terminate()
    site.responder.wait(30)
    database = sqlite3.connect(f"{site.data}/parley.sqlite")
    try:
        # What a crash would lose here nobody has been promised.
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -262144")
        write(database, model.rsplit("/", 1)[1], discussions, rounds, Words(seed), length)
    finally:
        database.close()
    site.start_responder()


def write(
    database: sqlite3.Connection, model: str, discussions: int, rounds: int, words: Words, length: int
) -> None:
    tables = ("discussions", "rounds", "messages")
    templates = {table: row_of(database, table, model) for table in tables}
    seats = "SELECT seat, persona, provider, model FROM seats WHERE discussion = ?"
    panel = database.execute(seats, (model,)).fetchall()
    began = templates["discussions"]["created_at"]
    before = database.execute("SELECT count(*) FROM discussions").fetchone()[0]
    for first in range(0, discussions, BATCH):
        places = range(before + first, before + min(first + BATCH, discussions))
        ids = [f"seed{words.random.getrandbits(64):016x}{place:06d}" for place in places]
        with database:
            # A second after the one before, and the last a second before the one that they are copies of.
            insert(database, "discussions", templates["discussions"], [
                {"id": id, "topic": words.some(8).capitalize() + "?", "created_at": at, "updated_at": at}
                for id, at in zip(ids, range(began - (discussions - first) * 1000, began, 1000))
            ])
            database.executemany(
                "INSERT INTO seats (discussion, seat, persona, provider, model) VALUES (?, ?, ?, ?, ?)",
                [(id, *seat) for id in ids for seat in panel],
            )
            numbers = [(id, number) for id in ids for number in range(1, rounds + 1)]
            insert(database, "rounds", templates["rounds"], [{"discussion": id, "number": n} for id, n in numbers])
            insert(database, "messages", templates["messages"], [
                {"id": f"{id}r{n}s{seat}", "discussion": id, "round": n, "seat": seat,
                 "turn": (n - 1) * SEATS + seat, "content": words.some(length).capitalize() + "."}
                for id, n in numbers for seat in range(1, SEATS + 1)
            ])
