"""The stylesheet by itself: its colours by calculation, its size, and that nothing in it asks for anything."""

import itertools
import re

import pytest

from local_run import ROOT

CSS = (ROOT / "public/parley.css").read_text()
ERRORS = sorted((ROOT / "public/errors").glob("*.html"))
SEATS = ["seat-1", "seat-2", "seat-3", "seat-4"]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b", block))


LIGHT = colours(CSS.split("@media", 1)[0])
DARK = LIGHT | colours(re.search(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", CSS, re.S)[1])
PRINT = LIGHT | colours(CSS.split("@media print", 1)[1])
SCHEMES = {"light": LIGHT, "dark": DARK, "print": PRINT}

# Text and what it stands on.
TEXT = [
    *itertools.product(["ink", "quiet", "accent", *SEATS], ["paper", "card", "tint"]),
    *itertools.product(["warn"], ["paper", "card", "warn-paper"]),
    ("ink", "warn-paper"), ("accent", "warn-paper"), ("on-accent", "accent"), ("ink", "mark"), ("accent", "mark"),
]
# Borders of fields and buttons, and the outline of what has the focus.
PARTS = [
    *itertools.product(["edge", "accent"], ["paper", "card"]),
    *itertools.product(["warn"], ["paper", "card", "warn-paper"]),
    *itertools.product(SEATS, ["paper", "card"]),
]


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """As WCAG 2 defines it."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_text_has_a_contrast_of_4_5_and_all_parts_of_3(scheme: str) -> None:
    palette = SCHEMES[scheme]
    if scheme == "print":
        # No button is printed.
        palette = palette | {"on-accent": "#fff"}
    faint = [pair for pair in TEXT if contrast(palette[pair[0]], palette[pair[1]]) < 4.5]
    faint += [pair for pair in PARTS if contrast(palette[pair[0]], palette[pair[1]]) < 3]
    assert faint == []


def test_every_colour_is_one_of_the_palette() -> None:
    rules = re.sub(r"--[\w-]+:[^;]*;", "", CSS)
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[^{]*\})", rules) == []


def test_a_persona_is_known_by_a_shape_as_well_as_a_colour() -> None:
    shapes = re.findall(r'seat-.*--shape: "(.)"', CSS)
    assert len(shapes) == len(set(shapes)) == len(SEATS)


def test_the_stylesheet_asks_for_nothing_and_stays_small() -> None:
    assert not re.search(r"url\(|@import|@font-face", CSS)
    assert len(CSS.encode()) < 20_500


def test_the_pages_of_nginx_look_alike_and_say_what_to_do() -> None:
    assert len(ERRORS) >= 6
    heads = {re.search(r"<style>.*</style>", file.read_text(), re.S)[0] for file in ERRORS}
    assert len(heads) == 1
    for scheme, block in (("light", LIGHT), ("dark", DARK)):
        for name in ("ink", "paper", "accent", "quiet"):
            assert block[name] in heads.copy().pop(), f"{name} of {scheme}"
    for file in ERRORS:
        page = file.read_text()
        assert "src=" not in page and "<link" not in page
        assert re.search(r"\b([Gg]o|[Rr]eload|[Ww]ait|[Cc]heck|[Ll]ook)\b", page), file
