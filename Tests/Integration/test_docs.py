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


def blocks(language: str) -> list:
    """Every code block of a language: its page and its text."""
    return [
        pytest.param(text, id=f"{page.relative_to(ROOT)}-{number}")
        for page in tracked("*.md")
        for number, text in enumerate(
            re.findall(rf"^ *```{language}\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL), 1
        )
    ]


def usage(*words: str) -> str:
    return subprocess.run([BINARY, *words, "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("block", blocks("sh"))
def test_every_block_for_a_shell_is_one(block: str) -> None:
    # An ellipsis stands for what the reader has.
    checked = subprocess.run(["bash", "-n"], input=block.replace("…", "x"), capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", block, re.MULTILINE):
        assert target in targets, target
    for path in re.findall(r"(?:^|\s)((?:tools|nginx|docs|Tests|Sources|public)/[\w./-]+)", block):
        assert (ROOT / path).exists(), path


def test_every_command_of_parley_in_the_docs_exists_with_its_options() -> None:
    subcommands = set(re.findall(r"^  ([a-z]+) ", usage().partition("SUBCOMMANDS:")[2], re.MULTILINE))
    assert {"serve", "check", "backup", "restore"} <= subcommands
    found = set()
    for page in tracked("*.md"):
        if page.is_relative_to(ROOT / "docs/decisions"):
            continue
        # In blocks, at a line's beginning or after the program's path; in the text, between backquotes.
        text = page.read_text()
        lines = re.findall(r"(?:^|`)(?:sudo [^`\n]* |\.build/\w+/)?parley ([a-z]+)((?: [^`\n#|;]*)?)", text, re.MULTILINE)
        for name, rest in lines:
            assert name in subcommands, f"{page.name}: parley {name}"
            # `parley user add`: a name and what it does.
            words = [name]
            listed = usage(name).partition("SUBCOMMANDS:")[2]
            first = rest.split()[0] if rest.split() else "none"
            if re.search(rf"^  {re.escape(first)} ", listed, re.MULTILINE):
                words.append(first)
            help_text = usage(*words)
            for option in re.findall(r"(?<!\S)(--[a-z-]+)", rest):
                assert option in help_text, f"{page.name}: parley {name} {option}"
            found.add(name)
    assert {"ask", "backup", "check", "restore", "settings", "watch"} <= found


@pytest.mark.parametrize("block", blocks("nginx"))
def test_every_block_for_nginx_is_one(block: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "parley").symlink_to(ROOT / "nginx")
    subprocess.run([ROOT / "tools/nginx-prefix", "/parley", tmp_path / "parley-under"], check=True)
    place = re.match(r"# in (http|server)\{\}", block)
    assert place, "its first line says where it belongs"
    if place[1] == "server":
        block = f"server {{ listen 127.0.0.1:8099; {block} }}"
    http = "parley-under" if "parley-under" in block else "parley"
    # Names are looked up at the start, and nobody is there.
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} http {{ access_log off; "
        f"upstream parley {{ server unix:/run/parley/parley.sock; }} include {http}/http.conf;\n{block}\n"
        + "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "fastcgi", "proxy", "uwsgi", "scgi"))
        + "}"
    )
    check = subprocess.run(
        ["nginx", "-t", "-q", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"],
        capture_output=True, text=True, env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin"},
    )
    assert check.returncode == 0, check.stderr


def test_the_table_of_settings_is_that_of_the_code() -> None:
    # .env.example is compared with the code by a test of its own (EnvExampleTests).
    checked = subprocess.run([ROOT / "tools/settings-table", "--check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    page = (ROOT / "docs/DEPLOYMENT.md").read_text()
    printed = subprocess.run([BINARY, "settings"], cwd="/", capture_output=True, text=True, check=True).stdout
    for line in printed.splitlines():
        assert f"| `{line.partition('=')[0]}` |" in page, line


def test_every_setting_that_the_guides_name_exists() -> None:
    known = set(re.findall(r"^#([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    # Not settings of the server: what make, systemd, nginx and the terminal's commands know.
    known |= {
        "DESTDIR", "PREFIX", "READY", "REMOTE_USER", "CURSOR_AHEAD", "CURSOR_EXPIRED", "PARLEY_URL", "PARLEY_TOKEN",
        "NO_COLOR", "AUTH_MODE", "LOG_FORMAT",
    }
    for name in ("DEPLOYMENT.md", "OPERATIONS.md"):
        text = (ROOT / "docs" / name).read_text().partition("## Every setting")[0]
        named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", text))
        assert named <= known, (name, named - known)


def test_each_alert_leads_to_a_heading_that_helps() -> None:
    text = (ROOT / "docs/monitoring/alerts.yml").read_text()
    named = set(re.findall(r'OPERATIONS\.md: ([^"]+)"', text))
    assert len(named) >= 8 and text.count("OPERATIONS.md: ") == text.count("- alert:")
    headings = set(re.findall(r"^## (.+)$", (ROOT / "docs/OPERATIONS.md").read_text(), re.MULTILINE))
    assert named <= headings, named - headings


def test_the_alerts_are_what_prometheus_reads() -> None:
    import yaml
    read = yaml.safe_load((ROOT / "docs/monitoring/alerts.yml").read_text())
    [group] = read["groups"]
    for rule in group["rules"]:
        assert set(rule) <= {"alert", "expr", "for", "annotations", "labels"}, rule
        expression = rule["expr"]
        assert expression.count("(") == expression.count(")") and expression.count("{") == expression.count("}")
        assert rule["annotations"]["summary"]


def test_every_line_of_the_action_plan_has_a_command_that_can_prove_it() -> None:
    listed = subprocess.run([ROOT / "tools/verify", "--list"], capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in listed.splitlines()]
    assert len(rows) >= 20
    told = (ROOT / "docs/VERIFICATION.md").read_text()
    for name in (
        "SESSION_TIMEOUT_MINUTES LLM_TIMEOUT_GROQ LLM_TIMEOUT_MISTRAL LLM_TIMEOUT_OPENROUTER ENABLE_VIRUS_SCAN "
        "CLAMAV_HOST CLAMAV_PORT BACKUP_ENABLED BACKUP_RETENTION_DAYS"
    ).split():
        assert any(name in line for line, _ in rows), name
    # Four columns each: what, where, how it is proven, what was done differently.
    for line in re.findall(r"^\| .+ \|$", told, re.MULTILINE):
        assert line.count(" | ") == 3, line
        assert all(cell.strip() for cell in line.strip("|").split(" | ")), line
    python_tests = "\n".join(f"{p.stem} {p.read_text()}" for p in tracked("Tests/**/*.py"))
    swift_tests = "\n".join(f"{p.parent.name}Tests {p.read_text()}" for p in tracked("Tests/**/*.swift"))
    for line, command in rows:
        assert command, f"no command: {line}"
        words = command.split()
        if words[:2] == ["tools/test", "--python"]:
            assert words[2] == "-k" and words[3] in python_tests, command
        elif words[:2] == ["tools/test", "--swift"]:
            assert words[2] == "--filter" and re.search(rf"\b{words[3]}\b", swift_tests), command
        elif words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), command
        else:
            assert words[0] == "grep", command
