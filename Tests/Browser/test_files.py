"""Files in the forms of pages: chosen, listed, refused, saved."""

import pathlib
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from browser import Browser
from local_run import LocalRun
from scripted_provider import ScriptedProvider
from table import press, table, waiting

TOPIC = "Should the library lend tools?"


@pytest.fixture(scope="module")
def site(scripted: ScriptedProvider) -> Iterator[LocalRun]:
    """A run without a scanner: what it says is tested where scanners are."""
    run = LocalRun(scripted.url)
    run.environment["ENABLE_VIRUS_SCAN"] = "false"
    try:
        yield run.started()
    finally:
        run.stop()


def written(folder: pathlib.Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def listed(browser: Browser) -> list[str]:
    return [link.text for link in browser.find_elements(By.CSS_SELECTOR, "#on-the-table a")]


def test_without_javascript_files_come_with_the_start_and_while_the_table_waits(
    plain: Browser, site: LocalRun, provider: ScriptedProvider, tmp_path: pathlib.Path
) -> None:
    provider.says = table
    plan = written(tmp_path, "plan.md", b"# The plan")
    plain.get(site.url)
    plain.see("#topic").send_keys(TOPIC)
    plain.see("#files").send_keys(plan)
    press(plain, "Start the discussion")
    plain.see("#on-the-table a", "plan.md")
    path = plain.current_url.removeprefix(site.url)
    provider.release.set()
    waiting(site, path)

    plain.get(site.url + path)
    assert "The models saw all of it." in plain.see("#on-the-table li").text
    plain.see("summary", "Add files").click()
    plain.see("#files").send_keys(written(tmp_path, "list.csv", b"a,b\n") + "\n" + written(tmp_path, "x.txt", b"x"))
    press(plain, "Put the files on the table")
    plain.see(".done p", "The files are on the table.")
    assert listed(plain) == ["plan.md", "list.csv", "x.txt"]
    link = plain.find_element(By.LINK_TEXT, "list.csv").get_attribute("href")
    assert site.get(link.removeprefix(site.url))[2] == b"a,b\n"


def test_without_javascript_a_refused_file_is_named_and_what_was_typed_is_kept(
    plain: Browser, site: LocalRun, tmp_path: pathlib.Path
) -> None:
    plain.get(site.url)
    plain.see("#topic").send_keys(TOPIC)
    plain.see("#files").send_keys(written(tmp_path, "tool.bin", b"\0\1\2"))
    press(plain, "Start the discussion")
    assert "“tool.bin” is none of the types that are taken" in plain.see("#problem").text
    assert plain.see("#topic").get_attribute("value") == TOPIC
    assert "choose your files again" in plain.see("#files-again").text
    press(plain, "Start the discussion")
    plain.see("h1", TOPIC)
    assert listed(plain) == []
