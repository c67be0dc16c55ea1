"""Takes pictures of every page, to be looked at, and the one in the README.

    PARLEY_BINARY=.build/debug/parley PYTHONPATH=Tests/Integration var/test-venv/bin/python Tests/Browser/pictures.py DIRECTORY

What the voices say in them was written for the pictures.
"""

import pathlib
import sys
import time
from collections.abc import Iterable

from browser import Browser
from local_run import ROOT, LocalRun, eventually
from scripted_provider import HOLD, ScriptedProvider

TOPIC = "Our town library has one free room and two volunteers. Should it lend tools as well as books?"
LONG_TOPIC = f"{TOPIC}\n\nThere are about 3,000 euros, and people ask for drills, ladders and a pressure washer."

SPEECHES = {
    "Analyzer": """The money is not the tight part, the **two volunteers** are. A drill costs 80 euros once; checking, cleaning and lending it out costs ten minutes each time, for years. Before buying anything I would ask who inspects a tool that comes back, and whether the library's liability insurance covers tools at all.""",
    "Solver": """Then start where inspection is cheap:

1. Ask at the desk for four weeks: “Which tool would you have borrowed this month?”
2. Buy the top twelve, nothing that cuts or that people stand on.
3. Lend on two afternoons only, against a library card and a photo of the tool.

Call the insurer first. If the answer is no, the list shrinks to hand tools and the plan still stands.""",
    "Moderator": """You agree on more than it sounds: both of you measure in the volunteers' time. I am not convinced of the survey, though. It hears only those who come to the library already, and those who need a drill may not. A notice at the hardware shop would ask the others. What is left for you to decide is who may say no when a tool comes back damaged,""",
}


def speech(request: dict) -> Iterable[str | None]:
    system = request["messages"][0]["content"]
    persona = next((name for name in SPEECHES if f"You are {name}" in system), None)
    if persona is None:
        # The judge, who lets the table go on.
        yield '{"resolved": false, "conclusion": "", "agree": [], "dissent": [], "open_questions": []}'
        return
    # At about the pace of a model, or every message would have taken 0.0 s.
    for word in SPEECHES[persona].split(" "):
        yield f"{word} "
        time.sleep(0.03)
    if persona == "Moderator":
        yield HOLD
        yield "because a rule that nobody enforces is worse than none."


class Pictures:
    def __init__(self, place: pathlib.Path) -> None:
        self.place = place
        self.provider = ScriptedProvider()
        self.provider.says = speech
        self.run = LocalRun()
        for vendor in ("MISTRAL", "GROQ", "OPENROUTER"):
            self.run.environment |= {f"{vendor}_API_KEY": "for-the-picture", f"{vendor}_BASE_URL": self.provider.url}
        self.browser = Browser(javascript=False)

    def take(self, name: str, whole: bool = True) -> None:
        self.browser.see("body")
        self.browser.look_like_a_desk()
        self.browser.picture(self.place / f"{name}-light.png", whole)
        self.browser.look_like_a_desk(dark=True)
        self.browser.picture(self.place / f"{name}-dark.png", whole)
        self.browser.look_like_a_phone()
        self.browser.picture(self.place / f"{name}-phone.png", whole)
        # 200 % zoom of a window of 1100 by 800.
        self.browser.look(550, 400, scale=2)
        self.browser.picture(self.place / f"{name}-zoomed.png", whole)
        self.browser.look_like_a_desk()

    def readme(self) -> None:
        """A whole discussion whose topic is one line, at the width of a README."""
        path = self.run.start_discussion(TOPIC)
        eventually(lambda: self.run.discussion(path)["waitingForAction"])
        self.browser.get(f"{self.run.url}{path}")
        self.browser.see("h2", "It is your turn")
        self.browser.look(880, 400)
        self.browser.picture(self.place / "discussion.png")

    def all(self) -> None:
        browser, url = self.browser, self.run.url
        browser.get(url)
        browser.see("textarea")
        self.take("start-empty")

        self.provider.release.clear()
        browser.see("textarea").send_keys(LONG_TOPIC)
        browser.see("#start button").click()
        browser.in_frame(lambda: browser.see(".seat-3", "damaged,", 60))
        browser.get(browser.current_url)
        browser.in_frame(lambda: browser.see(".seat-3", "damaged,"))
        self.take("running")
        path = browser.current_url
        browser.get(f"{path}/live")
        browser.see(".seat-3", "damaged,")
        self.take("live")
        self.provider.release.set()
        eventually(lambda: self.run.discussion(path.removeprefix(url))["waitingForAction"])
        browser.get(f"{path}/live")
        browser.see("a", "To the discussion")
        self.take("live-over")
        browser.get(path)
        browser.see("h2", "It is your turn")
        self.take("waiting")
        self.readme()

        for topic in ("Is a four-day week right for a workshop of nine people?", "مرحبا بكم في المكتبة", "<script>alert(1)</script> 🦊"):
            again = self.run.start_discussion(topic)
            eventually(lambda: self.run.discussion(again)["waitingForAction"])
        browser.get(url)
        browser.see(".list li")
        self.take("start")
        browser.get(f"{url}/?q=volunteer")
        browser.see("mark")
        self.take("found")
        browser.get(f"{url}/?q=nothing-like-it")
        browser.see(".note", "Nothing was found")
        self.take("found-nothing")
        browser.get(url)
        browser.see(".list li")
        browser.see("textarea").send_keys("no")
        browser.see("#start button").click()
        browser.see("#problem")
        self.take("start-refused")
        browser.get(f"{url}/discussions/none")
        browser.see("h1", "Not found")
        self.take("not-found")
        browser.get((ROOT / "public/errors/502.html").as_uri())
        browser.see("h1", "starting again")
        self.take("502")

    def told(self) -> None:
        """What became of an action: in toasts, and without JavaScript at the top of the page."""
        path = self.run.start_discussion(TOPIC)
        eventually(lambda: self.run.discussion(path)["waitingForAction"])
        self.browser.get(f"{self.run.url}{path}")
        self.browser.see("button", "Sum up").click()
        self.browser.see(".done")
        self.take("told")
        eventually(lambda: self.run.discussion(path)["waitingForAction"])

        self.browser.quit()
        self.browser = Browser(javascript=True)
        browser = self.browser
        browser.get(f"{self.run.url}{path}")
        browser.follows()
        browser.see("button", "Send the remark").click()
        browser.see(".toast.error")
        browser.execute_script("arguments[0].click()", browser.see(".copy"))
        browser.see(".toast", "Copied")
        self.take("toasts", whole=False)
        browser.execute_script("window.fetch = () => Promise.reject()")
        browser.see("#input").send_keys("Think of the insurer.")
        browser.see("button", "Send the remark").click()
        browser.see(".toast.error", "does not answer", 30)
        self.take("toasts-try-again", whole=False)
        browser.get(f"{self.run.url}{path}")
        browser.follows()
        browser.see("button", "Delete the discussion").click()
        browser.see(".toast", "was deleted")
        self.take("toasts-undo", whole=False)

    def close(self) -> None:
        self.browser.quit()
        self.run.stop()
        self.provider.close()


def main(place: pathlib.Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    pictures = Pictures(place)
    try:
        pictures.run.started()
        pictures.all()
        pictures.told()
    finally:
        pictures.close()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
