"""What is written beside the code: links that lead somewhere, and names that are gone for good."""

import os
import pathlib
import re
import subprocess

import pytest

from local_run import BINARY, ROOT, LocalRun

# An older design's event and flag. Written in parts, or this file would be the first to hold them.
RETIRED = ("-".join(["needs", "user", "input"]), "".join(["needs", "User", "Input"]))
# The one place that may say that they do not exist.
SAYS_SO = "docs/EVENTS.md"


def tracked(*patterns: str) -> list[pathlib.Path]:
    """The repository's own files: neither built nor fetched nor another checkout's."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).exists()]


def anchors(page: pathlib.Path) -> set[str]:
    """The fragments that a page's headings can be reached by, as GitHub builds them."""
    headings = re.findall(r"^#{1,6} +(.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", tracked("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_image_leads_to_something(page: pathlib.Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(<?([^)>\s]+)>?(?: \"[^\"]*\")?\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.is_relative_to(ROOT) and linked.exists(), target
        if fragment and linked.suffix == ".md":
            assert fragment in anchors(linked), target


def test_retired_names_appear_nowhere() -> None:
    found = []
    for file in tracked("Sources", "public", "nginx", "docs", "tools", "Tests", "README.md"):
        lines = [
            line for line in file.read_text(errors="replace").splitlines() if any(name in line for name in RETIRED)
        ]
        if str(file.relative_to(ROOT)) == SAYS_SO:
            assert len(lines) <= 1
        elif lines:
            found.append((str(file.relative_to(ROOT)), lines))
    assert found == []


def test_pictures_stay_small() -> None:
    assert [p.name for p in tracked("docs/pictures") if p.stat().st_size >= 200_000] == []


def test_the_exit_statuses_are_those_of_the_help() -> None:
    written = re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "docs/TERMINAL.md").read_text(), re.MULTILINE)
    for command in ("ask", "watch"):
        usage = subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, check=True).stdout
        assert re.findall(r"^  (\d+) +(.+)$", usage, re.MULTILINE) == written


def test_every_setting_that_the_readme_names_exists(tmp_path: pathlib.Path) -> None:
    printed = subprocess.run([BINARY, "settings"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    known = {line.partition("=")[0] for line in printed.splitlines()}
    # What the terminal's commands read are no settings of a site; their help names them.
    usage = subprocess.run([BINARY, "ask", "--help"], capture_output=True, text=True, check=True).stdout
    known |= set(re.findall(r"PARLEY_[A-Z]+|NO_COLOR", usage))
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`|^([A-Z]+(?:_[A-Z]+)+)=", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {first or second for first, second in named} <= known


def test_every_example_of_the_events_page_works(site: LocalRun, tmp_path: pathlib.Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / SAYS_SO).read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 6
    # One shell for all, as a reader has it, each block announced so that a failure says where.
    script = "".join(f"echo '# block {number}'\n{block}\n" for number, block in enumerate(blocks, 1))
    ran = subprocess.run(
        ["sh", "-eu", "-c", script], cwd=tmp_path, env=os.environ | {"PARLEY_URL": site.url, "no_proxy": "*"},
        capture_output=True, text=True, timeout=120,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    assert ran.stdout.count("# block") == len(blocks)
    assert '"type":"round-complete"' in ran.stdout
    assert '"replayed":true' in ran.stdout
