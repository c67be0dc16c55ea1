"""A discussion worth looking at: whether a town library should lend tools. Its words were written for the pictures."""

import json
import re
import time
from collections.abc import Iterable

from scripted_provider import HOLD

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
LAST_WORDS = "because a rule that nobody enforces is worse than none."

QUESTIONS = {
    "questions": [
        {
            "text": "Who would say no when a tool comes back damaged?",
            "options": ["The volunteer at the desk", "The librarian, once a week", "Nobody: the deposit decides"],
        },
        {
            "text": "Which tools matter most to the people you serve?",
            "options": ["Drills and drivers", "Garden tools", "Ladders, although they are a risk"],
        },
    ]
}

VERDICT = {
    "resolved": False,
    "conclusion": "Lend twelve tools that need **no inspection beyond a look**, on two afternoons a week, once the insurer has agreed in writing. Stop after six months unless both volunteers want to go on.",
    "agree": ["Analyzer", "Solver"],
    "dissent": [{"persona": "Moderator", "view": "A survey at the desk asks only those who come already."}],
    "open_questions": ["Does the liability insurance cover tools?", "Who decides about damage?"],
}


class Library:
    """What the voices say. With a pause between words, a message takes as long as one of a model would."""

    def __init__(self, pause: float = 0) -> None:
        self.pause = pause

    def __call__(self, request: dict) -> Iterable[str | None]:
        system = request["messages"][0]["content"]
        if "multiple-choice questions" in system:
            yield json.dumps(QUESTIONS)
        elif "Sum up the discussion" in system:
            yield "The **volunteers' time** is what is scarce. Solver wants twelve simple tools on two afternoons; Moderator doubts the survey."
        elif persona := re.search(r"You are (\w+)", system):
            for word in SPEECHES[persona[1]].split(" "):
                yield f"{word} "
                time.sleep(self.pause)
            if persona[1] == "Moderator":
                yield HOLD
                yield LAST_WORDS
        else:
            yield json.dumps(VERDICT)
