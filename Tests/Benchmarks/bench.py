"""The benchmark tables (`make bench`): runs those that are asked for, and keeps what they find under var/bench.

    make bench                        every table
    make bench TABLES="1 2 4"         some of them
    tools/bench --smoke               small counts: whether they run, not how fast anything is
    tools/bench --write-docs          puts the newest figures of each table into docs/PERFORMANCE.md

PARLEY_BENCH_ROUNDS=5 rounds of each figure, PARLEY_BENCH_SECONDS=5 of each load; PARLEY_BENCH_MILLION=1 also searches
1,200,000 messages, PARLEY_BENCH_POLLS="1000 5000" holds so many polls.
"""

import argparse
import datetime
import importlib.util
import json
import pathlib
import time
import traceback

from harness import KEPT, Bench, machine
from performance_page import write_docs

TABLES = pathlib.Path(__file__).resolve().parent / "tables"


def tables() -> dict[int, pathlib.Path]:
    return {int(path.name[:2]): path for path in sorted(TABLES.glob("[0-9][0-9]_*.py"))}


def run(path: pathlib.Path, bench: Bench) -> bool:
    """Runs a table; one that breaks is told of and does not take the others with it."""
    start = time.monotonic()
    specification = importlib.util.spec_from_file_location(f"table_{path.stem}", path)
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
        print(f"\n## {path.stem[:2]}: {module.__doc__.splitlines()[0]}", flush=True)
        module.run(bench)
    except Exception:
        traceback.print_exc()
        print(f"\n{path.stem} broke: the reason stands above.", flush=True)
        bench.shown.clear()
        return False
    bench.keep(path.stem, time.monotonic() - start)
    return True


def main() -> int:
    there = tables()
    parser = argparse.ArgumentParser(prog="tools/bench", description="The benchmark tables.")
    parser.add_argument("tables", nargs="*", type=int, metavar="TABLE", help=f"of {[*there]}")
    parser.add_argument("--smoke", action="store_true", help="small counts: whether they run")
    parser.add_argument("--into", type=pathlib.Path, help="where to keep it, in place of a directory in var/bench")
    parser.add_argument("--write-docs", action="store_true", help="put the newest figures into docs/PERFORMANCE.md")
    asked = parser.parse_args()
    if unknown := set(asked.tables) - there.keys():
        parser.error(f"there is no table {unknown}: they are {[*there]}")
    if asked.write_docs:
        return write_docs()

    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    place = asked.into or KEPT / (now + ("-smoke" if asked.smoke else ""))
    bench = Bench(place, asked.smoke)
    (place / "machine.json").write_text(json.dumps(machine(), indent=1) + "\n")
    broken = [number for number in asked.tables or there if not run(there[number], bench)]
    print(f"\nKept in {place}." + (f" Broken: {broken}." if broken else ""))
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
