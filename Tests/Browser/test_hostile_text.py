"""Text that would like to be more: through every field that pages show, in a browser that would run it."""

import json
import pathlib
import re
import urllib.parse
import uuid
from collections.abc import Iterable, Iterator

import pytest
from selenium.webdriver.common.by import By

from browser import Browser
from local_run import ROOT, LocalRun, eventually
from scripted_provider import ScriptedProvider
from uploading import send

# The texts that Swift's tests look at in HTML; here each would call what is watched if it ran.
CORPUS = [
    re.sub(r"(?:alert|prompt|confirm)\b", "parleyCanary", line).replace("⏎", "\n")
    for line in (ROOT / "Tests/Site/Corpus/xss.txt").read_text().splitlines() if line
]
# So many at a time stand in one page.
AT_ONCE = 40
SETS = [CORPUS[n:n + AT_ONCE] for n in range(0, len(CORPUS), AT_ONCE)]

# Before any script of a page: whatever runs that is not ours reaches one of these.
WATCH = """
    window.parleyFound = [];
    const found = (what) => window.parleyFound.push(String(what));
    for (const name of ["parleyCanary", "alert", "prompt", "confirm", "open"]) window[name] = (...a) => found(name + a);
    addEventListener("securitypolicyviolation", (e) => found(e.violatedDirective + " " + e.blockedURI + " " + e.sample), true);
"""

# Elements and attributes that none of our pages has, and addresses that lead neither here nor into the web.
STRANGE = """
    const found = [];
    const named = "script:not([src*='/assets/']), style, iframe:not([src^='/']), object, embed, base, svg script, math, video, audio, " +
        "meta[http-equiv], form:not([action^='/']):not([method=dialog])";
    for (const e of document.querySelectorAll(named)) found.push(e.outerHTML.slice(0, 200));
    for (const e of document.querySelectorAll("link, script"))
        if (new URL(e.href || e.src, location).origin !== location.origin) found.push(e.outerHTML.slice(0, 200));
    for (const e of document.querySelectorAll("*")) for (const { name, value } of e.attributes) {
        if (name.startsWith("on") || name === "style" || name === "srcdoc") found.push(e.outerHTML.slice(0, 200));
        if (["href", "src", "action", "formaction", "xlink:href"].includes(name) &&
            !/^(https?:\\/\\/|mailto:|\\/(?!\\/)|#|\\?)/i.test(value)) found.push(name + "=" + value);
    }
    return found;
"""


@pytest.fixture
def watched(scripting: Browser) -> Iterator[Browser]:
    added = scripting.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    yield scripting
    scripting.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def nothing_ran(browser: Browser, where: str) -> None:
    eventually(lambda: browser.execute_script("return document.readyState") == "complete", what=where)
    assert browser.execute_script("return window.parleyFound") == [], where
    assert browser.execute_script(STRANGE) == [], where


def models(texts: list[str]):
    """A table that says all of them: as text, as Markdown, in questions, summaries and conclusions."""
    said = "\n\n".join([*texts, *("> " + t.replace("\n", "\n> ") for t in texts[:10]), *(f"[{t}]({t})" for t in texts)])

    def says(request: dict) -> Iterable[str]:
        system = request["messages"][0]["content"]
        if "multiple-choice questions" in system:
            short = [t[:80] for t in dict.fromkeys(t.strip()[:80] for t in texts) if len(t) > 4]
            return (json.dumps({"questions": [
                {"text": f"{n} {t}", "options": [f"a {t}"[:80], f"b {t}"[:80]]} for n, t in enumerate(short[:5])
            ]}),)
        if re.search(r"You are (\w+)", system):
            return said[: len(said) // 2], said[len(said) // 2 :]
        if "Sum up the discussion" in system:
            return (said,)
        joined = " ".join(texts)[:3_000]
        return (json.dumps({"resolved": False, "conclusion": joined, "agree": [], "dissent": [joined], "open_questions": [joined]}),)

    return says


def act(site: LocalRun, path: str, body: dict) -> dict:
    status, _, answer = site.request(
        "POST", path, json.dumps(body).encode(), Accept="application/json", Content_Type="application/json",
        Idempotency_Key=str(uuid.uuid4()),
    )
    assert status in (200, 201), answer
    return json.loads(answer)


def waits(site: LocalRun, path: str) -> dict:
    return eventually(lambda: (d := site.discussion(path))["waitingForAction"] and d, 60, f"{path} waits")


@pytest.mark.parametrize("texts", SETS, ids=lambda texts: texts[0][:24])
def test_hostile_text_stays_text_in_every_field(
    watched: Browser, provider: ScriptedProvider, site: LocalRun, texts: list[str]
) -> None:
    provider.release.set()
    provider.says = models(texts)
    provider.model_name = texts[0].replace("\n", " ")
    try:
        files = [("files", f"{t.replace(chr(10), ' ').replace(chr(13), ' ')[:90]}.txt", "\n".join(texts).encode()) for t in texts[1:4]]
        topic = "\n".join(texts)[:4_900]
        status, answer = send(site, "/discussions", [("topic", None, topic.encode()), *files])
        assert status == 201, answer
        path = f"/discussions/{answer['ack']['discussionId']}"
        waits(site, path)
        act(site, f"{path}/questions", {})
        questions = waits(site, path)["rounds"][-1]["questionSet"]["questions"]
        asked = [{"question": q["id"], "options": [q["options"][0]["id"]], "text": "\n".join(texts)[:4_900]} for q in questions]
        # The questions as they are shown while they wait, and what is said while the page follows.
        watched.get(f"{site.url}{path}")
        watched.see("#action")
        nothing_ran(watched, f"{path} with questions")
        act(site, f"{path}/answers", {"round": 1, "answers": asked})
        waits(site, path)
        eventually(lambda: len(watched.find_elements(By.CSS_SELECTOR, ".round")) > 1, what="the second round is shown")
        nothing_ran(watched, f"{path} after it was followed")
        act(site, f"{path}/summary", {})
        waits(site, path)
        act(site, f"{path}/resolve", {"conclusion": "\n".join(texts)[:4_900]})
        for page in (path, f"{path}?rounds=all", f"{path}/rounds/1", f"{path}/providers", "/", "/status", "/costs",
                     f"/?q={urllib.parse.quote(texts[0][:150])}", f"/?topic={urllib.parse.quote(topic[:1_500])}"):
            watched.get(f"{site.url}{page}")
            watched.see("main")
            nothing_ran(watched, page)
    finally:
        provider.model_name = ""


def test_a_refused_form_shows_hostile_text_as_text(watched: Browser, provider: ScriptedProvider, site: LocalRun) -> None:
    for text in (CORPUS[0], "\"><img src=x onerror=parleyCanary(1)>", "</textarea><script>parleyCanary(1)</script>"):
        watched.get(f"{site.url}/")
        watched.see("textarea")
        # Sent as without a script: a place that there is not, so that all of it comes back.
        watched.execute_script("""
            const form = document.querySelector("form[action$='/discussions']");
            form.topic.value = arguments[0];
            const place = document.createElement("input");
            Object.assign(place, { type: "hidden", name: "place", value: arguments[0] });
            for (const e of form.querySelectorAll("[name=place]")) e.remove();
            form.append(place);
            form.submit();
        """, text)
        eventually(lambda: watched.current_url.endswith("/discussions"), what="the refused form")
        field = watched.see("textarea")
        assert field.get_property("value") == text
        nothing_ran(watched, "the refused form")


def test_the_watch_would_see_a_script_that_ran(watched: Browser, site: LocalRun) -> None:
    watched.get(f"{site.url}/")
    watched.see("main")
    watched.execute_script("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x onerror=\"parleyCanary(1)\">')")
    # The policy forbids it, and that is seen too.
    eventually(lambda: watched.execute_script("return window.parleyFound.length") > 0)
    assert watched.execute_script(STRANGE) != []
