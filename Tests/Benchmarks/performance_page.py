"""Puts what was measured into docs/PERFORMANCE.md, between its markers."""

import json
import pathlib
import re

from harness import KEPT, ROOT

PAGE = ROOT / "docs/PERFORMANCE.md"
PLACE = re.compile(r"(<!-- table (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def newest(name: str, kept: pathlib.Path) -> str | None:
    """The newest run's tables under this name; smoke runs and debug builds measure nothing."""
    for found in sorted(kept.glob(f"*/{name}.md"), reverse=True):
        machine = json.loads((found.parent / "machine.json").read_text())
        if found.parent.name.endswith("-smoke") or machine["binary"] == "debug":
            continue
        told = ", ".join(f"{key} {value}" for key, value in machine.items())
        # Under the page's own headings.
        tables = re.sub("^###", "####", found.read_text(), flags=re.MULTILINE)
        return f"\n{tables}\n*{found.parent.name}: {told}.*\n\n"
    return None


def filled(text: str, kept: pathlib.Path = KEPT) -> tuple[str, list[str]]:
    """The page with what was found, and the tables that nobody has measured, which stay as they are."""
    missing = []

    def figures(place: re.Match) -> str:
        measured = newest(place[2], kept)
        if measured is None:
            missing.append(place[2])
            return place[0]
        return place[1] + measured + place[3]

    return PLACE.sub(figures, text), missing


def write_docs() -> int:
    text, missing = filled(PAGE.read_text())
    PAGE.write_text(text)
    if missing:
        print(f"Not measured on a release build yet, left as they are: {', '.join(missing)}.")
    return 0
