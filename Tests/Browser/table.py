"""A table that does all that a discussion can ask of a model, and what the tests look at in pages."""

import json
import re
from collections.abc import Iterable

from selenium.webdriver.common.by import By

from browser import Browser
from local_run import LocalRun, eventually
from scripted_provider import HOLD

QUESTIONS = {
    "questions": [
        {"text": "Which day suits you?", "options": ["Monday", "Friday"]},
        {"text": "How many people come?", "options": ["Five", "Fifty"]},
    ]
}
UNRESOLVED = {"resolved": False, "conclusion": "Lend the drill.", "agree": [], "dissent": [], "open_questions": []}


def table(request: dict) -> Iterable[str | None]:
    """Voices, questions, summaries, verdicts and conclusions, each as it is asked for; voices stop for HOLD."""
    system = request["messages"][0]["content"]
    if "multiple-choice questions" in system:
        return (json.dumps(QUESTIONS),)
    if "Sum up the discussion" in system:
        return ("They spoke of *drills*.",)
    if match := re.search(r"You are (\w+)", system):
        return f"**{match[1]}** begins, ", HOLD, "and ends."
    return (json.dumps(UNRESOLVED),)


def waiting(site: LocalRun, path: str) -> dict:
    return eventually(lambda: (d := site.discussion(path))["waitingForAction"] and d, 30, f"{path} waits")


def started(site: LocalRun, topic: str = "Should a small library lend tools?") -> str:
    """A discussion whose first round is over."""
    path = site.start_discussion(topic)
    waiting(site, path)
    return path


def press(browser: Browser, label: str) -> None:
    """Presses the button of this label in the page, as soon as it can be pressed."""
    xpath = f"//main//button[normalize-space()='{label}' and not(@disabled)]"

    def pressed() -> bool:
        for button in browser.find_elements(By.XPATH, xpath):
            if button.is_displayed():
                button.click()
                return True
        return False

    eventually(lambda: browser.quietly(pressed), what=f"a button {label!r} at {browser.current_url}")


SHOWN = """
    const passing = ["tabindex", "open", "data-own", "data-cursor", "data-speaking", "data-round", "data-by", "data-said", "data-seat"];
    const main = document.querySelector("main").cloneNode(true);
    for (const own of main.querySelectorAll("[data-flash]")) own.remove();
    for (const id of main.querySelectorAll("[name=command_id]")) id.removeAttribute("value");
    for (const element of main.querySelectorAll("*")) {
        // In one order, whichever order they came in.
        const attributes = [...element.attributes].map((a) => [a.name, a.value]).sort();
        for (const [name] of attributes) element.removeAttribute(name);
        for (const [name, value] of attributes) if (!passing.includes(name)) element.setAttribute(name, value);
    }
    return main.innerHTML.replace(/\\s+/g, " ").replace(/> ?</g, ">\\n<");
"""


def shown(browser: Browser) -> str:
    """The page's main part as HTML, without what is new in every answer."""
    return browser.execute_script(SHOWN)


def open_rounds(browser: Browser) -> None:
    """Opens every round of the page, and waits for the words of each."""
    browser.execute_script("for (const d of document.querySelectorAll('.round > details')) d.open = true")
    eventually(lambda: not browser.find_elements(By.CSS_SELECTOR, ".load, .loading"), what="every round's words")
