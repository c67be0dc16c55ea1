"""Reads Prometheus' text format 0.0.4 as strictly as it is written down, and refuses what Prometheus would."""

import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)')
NUMBER = re.compile(r"[+-]?(?:Inf|\d+(?:\.\d+)?(?:e[+-]?\d+)?)|NaN")


def labels(text: str) -> dict[str, str]:
    found, rest = {}, text
    while rest:
        match = LABEL.match(rest)
        assert match, f"labels: {text}"
        assert match[1] not in found, f"twice: {text}"
        found[match[1]] = match[2]
        rest = rest[match.end():]
        assert rest or match[3] == "", f"labels: {text}"
    return found


def read(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """The samples of each family; an assertion fails over anything that is not as it should be."""
    assert text.endswith("\n")
    families: dict[str, str] = {}
    helps: set[str] = set()
    samples: dict[str, list[tuple[dict[str, str], float]]] = {}
    seen: set[str] = set()
    current = ""
    for line in text.splitlines():
        if match := re.fullmatch(rf"# HELP ({NAME}) (.+)", line):
            assert match[1] not in helps and match[1] not in families, f"help too late or twice: {line}"
            helps.add(match[1])
            continue
        if match := re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge|histogram|summary|untyped)", line):
            assert match[1] not in families, f"twice: {line}"
            current = match[1]
            families[current] = match[2]
            continue
        match = re.fullmatch(rf"({NAME})(?:\{{(.*)\}})? (\S+)", line)
        assert match and NUMBER.fullmatch(match[3]), f"no sample: {line}"
        name, found, value = match[1], labels(match[2] or ""), float(match[3])
        of_histogram = families.get(current) == "histogram"
        own = [current + end for end in ("_bucket", "_sum", "_count")] if of_histogram else [current]
        assert name in own, f"not of the family {current}: {line}"
        assert name + str(sorted(found.items())) not in seen, f"twice: {line}"
        seen.add(name + str(sorted(found.items())))
        assert families[current] != "counter" or value >= 0, line
        samples.setdefault(name, []).append((found, value))
    for name, kind in families.items():
        assert name in helps, f"no help: {name}"
        assert kind != "counter" or name.endswith("_total"), f"a counter's name ends with _total: {name}"
        if kind == "histogram":
            check_histogram(name, samples)
    return samples


def check_histogram(name: str, samples: dict[str, list[tuple[dict[str, str], float]]]) -> None:
    series: dict[tuple, list[tuple[float, float]]] = {}
    for found, value in samples[f"{name}_bucket"]:
        rest = tuple(sorted((k, v) for k, v in found.items() if k != "le"))
        series.setdefault(rest, []).append((float(found["le"]), value))
    for rest, buckets in series.items():
        assert [bound for bound, _ in buckets] == sorted({bound for bound, _ in buckets}), name
        assert buckets[-1][0] == math.inf
        assert [count for _, count in buckets] == sorted(count for _, count in buckets), name
        [count] = [v for found, v in samples[f"{name}_count"] if tuple(sorted(found.items())) == rest]
        assert count == buckets[-1][1]
        assert [v for found, v in samples[f"{name}_sum"] if tuple(sorted(found.items())) == rest]
