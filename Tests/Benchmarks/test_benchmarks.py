"""The benchmarks still run: small counts of the tables that need no further package, and what is made of figures."""

import json
import pathlib
import subprocess
import sys

from harness import Bench, Column, Table
from local_run import ROOT
from performance_page import PAGE, PLACE, filled

BENCHMARKS = ROOT / "Tests/Benchmarks"

# List and search, held polls, token relay, start.
CHEAP = ("03_list_and_search", "05_held_polls", "06_token_relay", "09_start")


def tables(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, BENCHMARKS / "bench.py", *map(str, arguments)], capture_output=True, text=True, timeout=180,
    )


def test_tables_run_and_keep_what_they_find(tmp_path: pathlib.Path) -> None:
    done = tables("--smoke", "--into", tmp_path, *(int(name[:2]) for name in CHEAP))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "machine.json").read_text())["commit"]
    for name in CHEAP:
        kept = json.loads((tmp_path / f"{name}.json").read_text())
        assert kept["tables"] and kept["table"] == name
        for table in kept["tables"]:
            assert table["rows"], table["title"]
            assert all(cells for cells in table["rows"].values()), table["title"]
            assert f"### {table['title']}\n" in (tmp_path / f"{name}.md").read_text()
            assert table["title"] in done.stdout


def test_a_table_that_breaks_is_told_of_and_fails_the_run(tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "bench.py", "--smoke", "--into", tmp_path, "9"], capture_output=True, text=True,
        timeout=60, env={"PATH": "/usr/sbin:/usr/bin:/bin", "PARLEY_BINARY": "/bin/false"},
    )
    assert done.returncode == 1, done.stdout
    assert "09_start broke" in done.stdout
    assert not (tmp_path / "09_start.json").exists()


def test_contestants_take_turns_and_a_cell_tells_the_median_with_lowest_and_highest() -> None:
    order, figures = [], {"ours": iter([30, 10, 20]), "theirs": iter([5, 5, 5])}

    def measure(name: str) -> dict[str, float]:
        order.append(name)
        return {"rate": next(figures[name])}

    table = Table("A race", "who", [Column("rate", "a second", "/s", 1)])
    table.alternate(3, {name: lambda name=name: measure(name) for name in figures})
    table.ratio("ours", "theirs", "rate", 5)
    assert order == ["ours", "theirs"] * 3
    assert "| ours | 20.0 /s (10.0 to 30.0) |\n" in table.markdown()
    assert table.remarks == ["ours against theirs, a second: ×4.0 (target ×5: missed)"]


def test_the_newest_figures_of_a_release_build_go_between_the_markers(tmp_path: pathlib.Path) -> None:
    runs = {"2001-01-01": "release", "2002-01-01": "release", "2003-01-01": "debug", "2004-01-01-smoke": "release"}
    for name, binary in runs.items():
        bench = Bench(tmp_path / name)
        (bench.place / "machine.json").write_text(json.dumps({"binary": binary}))
        table = Table(f"Of {name}", "", [Column("rate", "rate")])
        table.note("Parley", rate=1)
        bench.shown.append(table)
        bench.keep("01_transport", 1)
    page = "Before.\n<!-- table {} -->\nOld.\n<!-- end -->\nAfter.\n"
    text, missing = filled(page.format("01_transport") + page.format("02_other"), tmp_path)
    assert text.count("#### Of 2002-01-01\n") == text.count("####") == 1
    assert text.count("Old.") == 1 and missing == ["02_other"]
    assert filled(text, tmp_path)[0] == text, "a second time it is the same"


def test_every_table_has_its_place_in_the_documentation() -> None:
    there = sorted(path.stem for path in (BENCHMARKS / "tables").glob("[0-9][0-9]_*.py"))
    assert sorted(place[2] for place in PLACE.finditer(PAGE.read_text())) == there
