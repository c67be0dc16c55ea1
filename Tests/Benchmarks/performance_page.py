"""Puts what was measured into docs/PERFORMANCE.md, between its markers."""

import json
import re

from harness import KEPT, ROOT

PAGE = ROOT / "docs/PERFORMANCE.md"


def newest(name: str) -> str | None:
    """The newest run's tables under this name; smoke runs measure nothing."""
    found = sorted(path for path in KEPT.glob(f"*/{name}.md") if not path.parent.name.endswith("-smoke"))
    if not found:
        return None
    place = found[-1].parent
    machine = json.loads((place / "machine.json").read_text())
    told = ", ".join(f"{key}: {value}" for key, value in machine.items())
    # Under the page's own headings.
    tables = re.sub("^###", "####", found[-1].read_text(), flags=re.MULTILINE)
    return f"{tables}\n*{place.name}; {told}.*\n"


def write_docs() -> int:
    text = PAGE.read_text()
    names = re.findall(r"<!-- table (\w+) -->", text)
    missing = []
    for name in names:
        measured = newest(name)
        if measured is None:
            missing.append(name)
            continue
        begin, end = f"<!-- table {name} -->", "<!-- end -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{measured}{end}{rest.partition(end)[2]}"
    PAGE.write_text(text)
    if missing:
        print(f"Not measured yet, left as they are: {', '.join(missing)}.")
    return 0
