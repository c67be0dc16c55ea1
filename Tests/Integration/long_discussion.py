"""A discussion of many rounds, written into a site's database, since nobody waits for 500 rounds to be spoken."""

import sqlite3

from local_run import LocalRun, eventually

SEATS = 3

PARAGRAPH = (
    "Round {round}, seat {seat}: the *volunteers* are the tight part, not the money. A drill costs 80 euros once; "
    "checking, cleaning and lending it out costs ten minutes each time, for years. "
)


def speech(round: int, seat: int) -> str:
    """A message of the usual kind: two paragraphs, a list, and now and then code."""
    parts = [PARAGRAPH.format(round=round, seat=seat) * 2, "- **first** ask the insurer\n- then buy twelve tools"]
    if round % 7 == 0:
        parts.append("```\nlend(tool, card)\n```")
    return "\n\n".join([*parts, PARAGRAPH.format(round=round, seat=seat)])


def long_discussion(site: LocalRun, rounds: int, topic: str = "Does it stay fast?", says=speech) -> str:
    """The path of a waiting discussion with so many rounds; every tenth has a remark of the person."""
    path = site.start_discussion(topic)
    eventually(lambda: site.discussion(path)["waitingForAction"], 60, f"{path} waits")
    add_rounds(site, path, 2, rounds, says)
    return path


def add_rounds(site: LocalRun, path: str, first: int, last: int, says=speech) -> None:
    """Writes more rounds, of which no event tells."""
    id = path.rsplit("/", 1)[1]
    database = sqlite3.connect(site.var / "data/parley.sqlite", timeout=10)
    try:
        with database:
            # It goes on from there, and is not at its end.
            database.execute("UPDATE discussions SET round_limit = ? WHERE id = ?", (last + 100, id))
            for number in range(first, last + 1):
                database.execute(
                    "INSERT INTO rounds (discussion, number, complete, started_at, completed_at) VALUES (?, ?, 1, 0, 0)",
                    (id, number),
                )
                database.executemany(
                    """INSERT INTO messages (id, discussion, round, seat, turn, content, provider, model, fallback,
                           truncated, finished, prompt_version, completion_tokens, duration_ms, created_at)
                       VALUES (?, ?, ?, ?, ?, ?, 'local', 'scripted-1', 0, 0, 1, '1', 120, 2400, 0)""",
                    [
                        (message_id(id, number, seat), id, number, seat, (number - 1) * SEATS + seat, says(number, seat))
                        for seat in range(1, SEATS + 1)
                    ],
                )
                if number % 10 == 0:
                    database.execute(
                        "INSERT INTO user_inputs (discussion, round, input, created_at) VALUES (?, ?, ?, 0)",
                        (id, number, f"My remark in round {number}: think of the insurer."),
                    )
    finally:
        database.close()


def message_id(discussion: str, round: int, seat: int) -> str:
    return f"{discussion[:12]}r{round}s{seat}"
