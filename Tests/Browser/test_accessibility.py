"""Every page and state: no axe violation, nothing wider than the window, one h1, landmarks, quiet live regions."""

import re

import pytest

from every_page import SCENES
from survey import NAMES, WAYS, Finding

# What may speak up by itself, by the id of its element: who speaks and whose turn it is, outcomes, errors.
LIVE = {"news": "polite", "toasts": "polite", "alarms": "assertive"}
# The pages that have the layout.
TOGETHER = [f"{scene.name}, {way}" for scene in SCENES for way in WAYS if not scene.is_bare]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_to_complain_of(findings: dict[str, Finding], name: str, scheme: str) -> None:
    assert findings[name].axe[scheme] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_wider_than_a_small_phone_or_a_window_at_200_percent(
    findings: dict[str, Finding], name: str
) -> None:
    assert findings[name].overflow == {width: 0 for width in findings[name].overflow}


class Tree:
    """What Chromium tells assistive technology of a page."""

    def __init__(self, nodes: list[dict]) -> None:
        self.nodes = {node["nodeId"]: node for node in nodes}
        self.shown = [node for node in nodes if not node.get("ignored")]

    def role(self, *roles: str) -> list[dict]:
        return [node for node in self.shown if node["role"]["value"] in roles]

    @staticmethod
    def name(node: dict) -> str:
        return node.get("name", {}).get("value", "")

    @staticmethod
    def traits(node: dict) -> dict:
        return {trait["name"]: trait["value"].get("value") for trait in node.get("properties", [])}

    def above(self, node: dict) -> list[dict]:
        found = []
        while parent := self.nodes.get(node.get("parentId", "")):
            found.append(node := parent)
        return found

    def live(self) -> list[dict]:
        return [node for node in self.shown if self.traits(node).get("live", "off") != "off"]


@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_one_h1_and_headings_without_gaps(findings: dict[str, Finding], name: str) -> None:
    tree = Tree(findings[name].tree)
    levels = findings[name].headings
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    assert len(tree.role("heading")) >= 1 and all(tree.name(heading) for heading in tree.role("heading"))


@pytest.mark.parametrize("name", TOGETHER)
def test_every_page_has_its_landmarks_and_all_that_is_named_differs(findings: dict[str, Finding], name: str) -> None:
    tree = Tree(findings[name].tree)
    assert [len(tree.role(role)) for role in ("banner", "main", "contentinfo")] == [1, 1, 1]
    names = [tree.name(node) for node in tree.role("navigation", "region", "complementary")]
    assert all(names) and len(set(names)) == len(names)


@pytest.mark.parametrize("name", NAMES)
def test_every_control_has_a_name(findings: dict[str, Finding], name: str) -> None:
    tree = Tree(findings[name].tree)
    controls = tree.role("button", "link", "textbox", "checkbox", "radio", "Iframe", "DisclosureTriangle")
    assert [node["role"]["value"] for node in controls if not tree.name(node)] == []


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_meant_to_speaks_up_by_itself(findings: dict[str, Finding], name: str) -> None:
    finding = findings[name]
    tree = Tree(finding.tree)
    live = {finding.ids[node["backendDOMNodeId"]]: tree.traits(node)["live"] for node in tree.live()}
    expected = {} if finding.scene.is_bare else LIVE
    # The message after a redirect, until parley.js makes a toast of it.
    if name in ("told, without parley.js", "deleted-undo, without parley.js"):
        expected = expected | {"done": "polite"}
    assert live == expected


@pytest.mark.parametrize("name", [n for n in NAMES if re.match("running,|live,", n)])
def test_words_that_are_being_said_are_in_no_live_region(findings: dict[str, Finding], name: str) -> None:
    tree = Tree(findings[name].tree)
    said = [node for node in tree.role("StaticText") if "comes back damaged," in tree.name(node)]
    # Without parley.js they stand in the frame, which is the scene "live" of its own.
    assert said or name == "running, without parley.js"
    for node in said:
        assert [tree.traits(n)["live"] for n in tree.above(node) if n in tree.live()] == []


@pytest.mark.parametrize("name", ["start-refused, without parley.js", "waiting-refused, without parley.js"])
def test_after_a_refused_form_the_focus_is_on_the_summary_of_what_is_wrong(
    findings: dict[str, Finding], name: str
) -> None:
    finding = findings[name]
    assert finding.title.startswith("Error: ")
    assert finding.focus == "problem"
    target = re.search(r'id="problem".*?<a href="#([^"]+)"', finding.html, re.S)[1]
    assert re.search(rf'<(textarea|input|fieldset)[^>]* id="{target}"', finding.html), target


@pytest.mark.parametrize("name", ["start-refused, with JavaScript", "waiting-refused, with JavaScript"])
def test_with_javascript_the_focus_is_on_a_note_that_belongs_to_its_field(
    findings: dict[str, Finding], name: str
) -> None:
    finding = findings[name]
    assert finding.title.startswith("Error: ")
    assert finding.focus.startswith("fault-")
    tree = Tree(finding.tree)
    field = next(node for node in tree.role("textbox") if tree.traits(node).get("invalid") == "true")
    assert "Please write at least" in field["description"]["value"]


@pytest.mark.parametrize("name", TOGETHER)
def test_every_page_names_its_language_and_has_a_title(findings: dict[str, Finding], name: str) -> None:
    assert findings[name].title.endswith(" · Parley")
    assert '<html lang="en">' in findings[name].html or not findings[name].html
