"""What every table shares: figures with their spread, peers in alternating order, Markdown, and JSON for later."""

import dataclasses
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What the tests have already: a run of the site, a scripted provider, a browser.
sys.path[:0] = [str(ROOT / "Tests/Integration"), str(ROOT / "Tests/Browser")]
# Absolute: whoever starts it stands somewhere else.
os.environ["PARLEY_BINARY"] = os.path.abspath(os.environ.get("PARLEY_BINARY", ROOT / ".build/debug/parley"))

KEPT = ROOT / "var/bench"
# What is measured, and written, lies where the clone lies: /tmp may be memory, which syncs at no cost.
SCRATCH = KEPT / "tmp"


@dataclasses.dataclass(frozen=True)
class Column:
    key: str
    name: str
    unit: str = ""
    digits: int = 0

    def cell(self, figures: list[float] | str | None) -> str:
        """The median, and the lowest and highest where there are several."""
        if figures is None:
            return ""
        if isinstance(figures, str):
            return figures
        middle, unit = self.number(statistics.median(figures)), f" {self.unit}" if self.unit else ""
        if len(figures) == 1:
            return middle + unit
        return f"{middle}{unit} ({self.number(min(figures))} to {self.number(max(figures))})"

    def number(self, figure: float) -> str:
        return f"{figure:,.{self.digits}f}"


class Table:
    """Rows of what is compared; each cell holds one figure for every round in which it was measured."""

    def __init__(self, title: str, first: str, columns: list[Column]) -> None:
        self.title, self.first, self.columns = title, first, columns
        self.rows: dict[str, dict[str, list[float] | str]] = {}
        self.remarks: list[str] = []

    def note(self, row: str, **figures: float | str) -> None:
        """One round's figures; words stand for themselves."""
        cells = self.rows.setdefault(row, {})
        unknown = figures.keys() - {column.key for column in self.columns}
        assert not unknown, f"{self.title} has no column {unknown}"
        for key, figure in figures.items():
            if isinstance(figure, str):
                cells[key] = figure
            else:
                cells.setdefault(key, []).append(figure)

    def alternate(self, rounds: int, contestants: dict[str, Callable[[], dict[str, float]]]) -> None:
        """A B A B: what else the machine does meanwhile happens to all of them."""
        for _ in range(rounds):
            for name, measure in contestants.items():
                self.note(name, **measure())

    def median(self, row: str, column: str) -> float:
        return statistics.median(self.rows[row][column])

    def ratio(self, row: str, over: str, column: str, target: float | None = None) -> None:
        """Remarks how many times as much one row has as another, if both were measured."""
        if row not in self.rows or over not in self.rows:
            return
        factor = self.median(row, column) / self.median(over, column)
        name = next(c.name for c in self.columns if c.key == column)
        words = f"{row} against {over}, {name}: ×{factor:.1f}"
        self.remarks.append(words if target is None else f"{words} (target ×{target:g}: {verdict(factor >= target)})")

    def target(self, row: str, column: str, most: float, words: str) -> None:
        """Remarks whether the median of a cell is at most so much."""
        if row in self.rows:
            self.remarks.append(f"Target, {words}: {verdict(self.median(row, column) <= most)}")

    def markdown(self) -> str:
        names = [self.first, *(column.name for column in self.columns)]
        lines = [f"### {self.title}", "", line(names), line(["---"] * len(names))]
        for row, cells in self.rows.items():
            lines.append(line([row, *(column.cell(cells.get(column.key)) for column in self.columns)]))
        for remark in self.remarks:
            lines += ["", remark]
        return "\n".join(lines) + "\n"

    def data(self) -> dict:
        return {
            "title": self.title, "remarks": self.remarks, "rows": self.rows,
            "columns": [dataclasses.asdict(column) for column in self.columns],
        }


def line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def verdict(is_met: bool) -> str:
    return "met" if is_met else "missed"


def quantile(figures: list[float], share: float) -> float:
    """The value that this share of the figures stays at or below."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Bench:
    """One run of the tables: how much is done, and where it is kept."""

    def __init__(self, place: pathlib.Path, smoke: bool = False) -> None:
        self.place, self.smoke = place, smoke
        # PARLEY_BENCH_ROUNDS and PARLEY_BENCH_SECONDS: of each figure, and of each load.
        self.rounds = 1 if smoke else int(os.environ.get("PARLEY_BENCH_ROUNDS", "5"))
        self.seconds = 1 if smoke else int(os.environ.get("PARLEY_BENCH_SECONDS", "5"))
        self.shown: list[Table] = []
        place.mkdir(parents=True, exist_ok=True)
        SCRATCH.mkdir(parents=True, exist_ok=True)

    def count(self, full: int, smoke: int) -> int:
        return smoke if self.smoke else full

    def show(self, *tables: Table) -> None:
        """Prints what was found, as soon as it was."""
        for table in tables:
            self.shown.append(table)
            print("\n" + table.markdown(), flush=True)

    def keep(self, name: str, took: float) -> None:
        """Writes what a table's script has shown, and forgets it."""
        shown, self.shown = self.shown, []
        kept = {"table": name, "seconds": round(took, 1), "tables": [table.data() for table in shown]}
        (self.place / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        (self.place / f"{name}.md").write_text("\n".join(table.markdown() for table in shown))


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "processor": f"{os.cpu_count()} × {cpu[1] if cpu else platform.machine()}",
        "memory": f"{int(memory[1]) / (1 << 20):.0f} GB",
        "kernel": platform.release(),
        "file system": said("stat", "-f", "-c", "%T", str(ROOT)),
        "commit": said("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
        "binary": "debug" if "/debug/" in os.environ["PARLEY_BINARY"] else "release",
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not known"
