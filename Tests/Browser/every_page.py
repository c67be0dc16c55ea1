"""Every page and every state of one, in one list: what pictures are taken of, and what is checked for valid HTML
and accessibility. Who adds a page adds a scene."""

import dataclasses
import json
import urllib.parse
import uuid
from collections.abc import Callable

from browser import Browser
from kept_run import KeptRun
from library import LONG_TOPIC, TOPIC, Library
from local_run import ROOT, LocalRun, eventually
from long_discussion import long_discussion
from scripted_provider import ScriptedProvider
from uploading import send, start
from visitor import PASSWORD, Visitor, parley

VENDORS = ("MISTRAL", "GROQ", "OPENROUTER")
OTHER_TOPICS = (
    "Is a four-day week right for a workshop of nine people?",
    "هل يجب أن تعير المكتبة الأدوات؟",
    "Which of these three leases costs us least over ten years, and what would we regret?",
)


class Stage:
    """A run of its own with three vendors and a model server in the house, all of them scripted."""

    def __init__(self, pause: float = 0) -> None:
        self.provider = ScriptedProvider()
        self.library = Library(pause)
        self.provider.says = self.library
        self.run = LocalRun(self.provider.url)
        for vendor in VENDORS:
            self.run.environment |= {
                f"{vendor}_API_KEY": "scripted", f"{vendor}_BASE_URL": self.provider.url,
                f"PRICE_{vendor}_INPUT": "0.4", f"PRICE_{vendor}_OUTPUT": "2",
            }
        self.run.environment |= {"DAILY_COST_BUDGET": "10", "DISCUSSION_COST_LIMIT": "0.50"}
        self.made: dict[str, str] = {}
        self.accounts: KeptRun | None = None

    def started(self) -> "Stage":
        self.run.started()
        return self

    def close(self) -> None:
        self.run.stop()
        if self.accounts:
            self.accounts.stop()
        self.provider.close()

    # What has happened on it

    def act(self, path: str, action: str, **fields: object) -> None:
        status, _, body = self.run.request(
            "POST", f"{path}/{action}", json.dumps(fields).encode(), Accept="application/json",
            Content_Type="application/json", Idempotency_Key=str(uuid.uuid4()),
        )
        assert status in (200, 201, 202), body

    def waits(self, path: str) -> dict:
        return eventually(lambda: (d := self.run.discussion(path))["waitingForAction"] and d, 60, f"{path} waits")

    def once(self, name: str, make: Callable[[], str]) -> str:
        """The discussion of this name, made when it is first asked for."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def discussion(self, topic: str = LONG_TOPIC) -> str:
        path = self.run.start_discussion(topic)
        self.waits(path)
        return path

    def waiting(self) -> str:
        return self.once("waiting", self.discussion)

    def asked(self) -> str:
        def make() -> str:
            path = self.discussion(TOPIC)
            self.act(path, "questions")
            self.waits(path)
            return path

        return self.once("asked", make)

    def answered(self) -> str:
        """Two rounds, with answers, a remark and a summary between them."""

        def make() -> str:
            path = self.discussion()
            self.act(path, "summary")
            self.waits(path)
            self.act(path, "questions")
            questions = self.waits(path)["rounds"][-1]["questionSet"]["questions"]
            self.act(path, "input", input="Think of those who have no library card, too.", proceed=False)
            answers = [
                {"question": q["id"], "options": [q["options"][0]["id"]], "text": "But only at first." if not n else ""}
                for n, q in enumerate(questions)
            ]
            self.act(path, "answers", round=1, answers=answers)
            self.waits(path)
            return path

        return self.once("answered", make)

    def resolved(self) -> str:
        def make() -> str:
            path = self.discussion()
            self.act(path, "resolve")
            eventually(lambda: self.run.discussion(path)["status"] == "resolved", 60, f"{path} is resolved")
            return path

        return self.once("resolved", make)

    def filed(self) -> str:
        """A text that all voices have been given, and a table of figures that came later."""

        def make() -> str:
            path = start(self.run, ("Plan für den Verleih.md", b"# The plan\n\nTwelve tools, two afternoons."))
            self.waits(path)
            status, ack = send(self.run, f"{path}/files", [("files", "figures.csv", b"tool,euros\ndrill,80\n")])
            assert status == 200, ack
            return path

        return self.once("filed", make)

    def long(self) -> str:
        return self.once("long", lambda: long_discussion(self.run, 50, "How long can we talk about tools?"))

    def deleted(self) -> str:
        def make() -> str:
            path = self.discussion(OTHER_TOPICS[0])
            self.act(path, "delete")
            return path

        return self.once("deleted", make)

    def failed(self) -> str:
        """The provider has refused, so the table waits with the reason."""

        def make() -> str:
            self.provider.refuses = True
            try:
                return self.discussion(TOPIC)
            finally:
                self.provider.refuses = False

        return self.once("failed", make)

    def house(self) -> KeptRun:
        """A second site, with accounts; Anna keeps it."""
        if not self.accounts:
            self.accounts = KeptRun(self.provider.url)
            self.accounts.environment |= {"AUTH_MODE": "accounts", "RATE_LIMIT_SIGNIN": "1000"}
            parley(self.accounts, "user", "add", "anna", "--admin", "--password-stdin", give=PASSWORD)
            parley(self.accounts, "token", "add", "anna", "--read-only", "--days", "30")
            self.accounts.started()
        return self.accounts

    def anna(self, path: str, **fields: str) -> str:
        """A page of that site as it is served to Anna; with fields what it answers to them."""
        visitor = Visitor(self.house())
        visitor.sign_in("anna")
        if fields:
            fields["form_token"] = visitor.token("/account")
        return (visitor.post(path, **fields) if fields else visitor.get(path))[2].decode()

    def speaking(self) -> str:
        """The third voice is in the middle of a sentence, and stays there until `hush`."""
        self.provider.release.clear()
        path = self.run.start_discussion(LONG_TOPIC)
        eventually(lambda: "damaged," in json.dumps(self.run.discussion(path)), 60, "the third voice speaks")
        return path

    def hush(self) -> None:
        self.provider.release.set()
        eventually(lambda: all(d["status"] != "running" for d in self.run.discussion("/")["discussions"]), 60)

    def sent(self, path: str, **fields: str) -> str:
        """The page that a form sent without JavaScript leads to, refused or not, as served."""
        token = {"form_token": self.run.form_token()}
        body = urllib.parse.urlencode({"command_id": str(uuid.uuid4()), **token, **fields}).encode()
        _, _, page = self.run.request("POST", path, body, Content_Type="application/x-www-form-urlencoded")
        return page.decode()


@dataclasses.dataclass(frozen=True)
class Scene:
    name: str
    # Brings a browser there.
    reach: Callable[[Stage, Browser], None]
    # Its HTML as the server sends it; without this what is at the address that was reached, and empty for
    # what does not end.
    served: Callable[[Stage], str] | None = None
    # The element to see when it is there, without waiting for more.
    see: tuple[str, str] = ("h1", "")
    # Not a page with the layout of all others: a frame's, or nginx's own.
    is_bare: bool = False
    # Somebody is still speaking: the stage is hushed after it.
    speaks: bool = False


def at(path: str | Callable[[Stage], str], *see: str, **more: object) -> dict:
    """What a page has that is simply at an address."""

    def reach(stage: Stage, browser: Browser) -> None:
        browser.get(stage.run.url + (path if isinstance(path, str) else path(stage)))

    return {"reach": reach, "see": (see + ("", ""))[:2] if see else ("h1", ""), **more}


def refused_start(stage: Stage, browser: Browser) -> None:
    browser.get(stage.run.url)
    browser.see("#topic").send_keys("no")
    browser.see("#start button[type=submit]").click()
    browser.see(".fault" if browser.javascript else "#problem")


def refused_remark(stage: Stage, browser: Browser) -> None:
    browser.get(stage.run.url + stage.waiting())
    if browser.javascript:
        browser.follows()
    browser.see("#remark button[type=submit]").click()
    browser.see("#remark .fault" if browser.javascript else "#problem")


def told(stage: Stage, browser: Browser) -> None:
    path = stage.once(f"told {browser.javascript}", stage.discussion)
    browser.get(stage.run.url + path)
    if browser.javascript:
        browser.follows()
    browser.see("button", "Sum up").click()
    browser.see(".toast" if browser.javascript else ".done")


def running(stage: Stage, browser: Browser) -> None:
    browser.get(stage.run.url + stage.speaking())
    browser.in_frame(lambda: browser.see(".seat-3", "damaged,"))


def live(stage: Stage, browser: Browser) -> None:
    browser.get(f"{stage.run.url}{stage.speaking()}/live")


def several(stage: Stage) -> str:
    for topic in OTHER_TOPICS:
        stage.once(topic, lambda: stage.discussion(topic))
    stage.asked()
    stage.resolved()
    return "/"


def undo(stage: Stage) -> str:
    return f"/?undo={stage.deleted().rpartition('/')[2]}"


def sign_in(stage: Stage, browser: Browser, password: str = PASSWORD) -> None:
    browser.get(f"{stage.house().url}/signin")
    browser.delete_all_cookies()
    browser.get(f"{stage.house().url}/signin")
    browser.see("#name").send_keys("anna")
    browser.see("#password").send_keys(password)
    browser.see("main button[type=submit]").click()
    browser.see("#problem" if password != PASSWORD else ".who-is-in")


def account(stage: Stage, browser: Browser, refused: bool = False) -> None:
    sign_in(stage, browser)
    browser.get(f"{stage.house().url}/account")
    if refused:
        for name in ("current", "new", "again"):
            browser.see(f"#{name}").send_keys("not the one it is")
        browser.see("main button[type=submit]", "Change the password").click()
        browser.see("#problem")


def static(code: str) -> dict:
    file = ROOT / f"public/errors/{code}.html"
    return {"reach": lambda stage, browser: browser.get(file.as_uri()), "served": lambda stage: file.read_text(),
            "is_bare": True}


# In the order in which they are played: the first finds a site without discussions.
SCENES = [
    Scene("start-empty", **at("/", "#topic")),
    Scene("costs-empty", **at("/costs", "h1", "What was spent")),
    Scene("start-refused", refused_start, lambda stage: stage.sent("/discussions", topic="no", place="any")),
    Scene("waiting", **at(Stage.waiting, "h2", "It is your turn")),
    Scene("waiting-refused", refused_remark, lambda stage: stage.sent(f"{stage.waiting()}/input", input="")),
    Scene("told", told, see=("h2", "")),
    Scene("questions", **at(Stage.asked, "h3", "The table asks you")),
    Scene("answered", **at(Stage.answered, "h2", "It is your turn")),
    Scene("all-rounds", **at(lambda stage: f"{stage.answered()}?rounds=all", "h2", "It is your turn")),
    Scene("round", **at(lambda stage: f"{stage.answered()}/rounds/1")),
    Scene("resolved", **at(Stage.resolved, "h2", "Conclusion")),
    Scene("files", **at(Stage.filed, "#on-the-table li")),
    Scene("long", **at(Stage.long, "#navigator")),
    Scene("long-earlier", **at(lambda stage: f"{stage.long()}?before=31", "#later")),
    Scene("providers", **at(lambda stage: f"{stage.answered()}/providers")),
    Scene("failed", **at(Stage.failed, ".failure")),
    Scene("running", running, see=("h2", "The table is speaking"), speaks=True),
    Scene("live", live, lambda stage: "", see=(".seat-3", "damaged,"), is_bare=True, speaks=True),
    Scene("live-over", **at(lambda stage: f"{stage.waiting()}/live", "a", "To the discussion", is_bare=True)),
    Scene("start", **at(several, ".list li")),
    Scene("list-filtered", **at(lambda stage: (several(stage), "/?status=waiting")[1], ".list li")),
    Scene("found", **at(lambda stage: (several(stage), "/?q=volunteer")[1], "mark")),
    Scene("found-nothing", **at(lambda stage: (several(stage), "/?q=nothing-like-it")[1], ".note")),
    Scene("deleted-undo", **at(undo, ".list li")),
    Scene("deleted", **at(lambda stage: (stage.deleted(), "/?deleted=1")[1], "h1", "Deleted")),
    Scene("status", **at("/status", "h1", "What is up")),
    Scene("costs", **at("/costs", "h1", "What was spent")),
    Scene("not-found", **at("/discussions/none", "h1", "")),
    Scene("sign-in", lambda stage, browser: browser.get(f"{stage.house().url}/signin"),
          lambda stage: Visitor(stage.house()).get("/signin")[2].decode(), see=("h1", "Sign in")),
    Scene("sign-in-refused", lambda stage, browser: sign_in(stage, browser, "not the one"),
          lambda stage: Visitor(stage.house()).post("/signin", name="anna", password="no")[2].decode(),
          see=("#problem", "")),
    Scene("signed-in", sign_in, lambda stage: stage.anna("/"), see=("#topic", "")),
    Scene("account", account, lambda stage: stage.anna("/account"), see=(".list li", "")),
    Scene("account-refused", lambda stage, browser: account(stage, browser, refused=True),
          lambda stage: stage.anna("/account/password", current="no", new="quite another one", again="quite another one"),
          see=("#problem", "")),
    *(Scene(f"error-{code}", **static(code)) for code in ("413", "421", "429", "502", "503", "504")),
]


def play(scene: Scene, stage: Stage, browser: Browser) -> None:
    """Brings the browser to the scene."""
    scene.reach(stage, browser)
    browser.see(*scene.see)
    eventually(lambda: browser.execute_script("return document.getAnimations().every((a) => a.playState !== 'running')"))


def leave(scene: Scene, stage: Stage, browser: Browser) -> None:
    # Leaves the page, so that no frame of it goes on streaming.
    browser.quietly(lambda: browser.execute_script("sessionStorage.clear()"))
    browser.get("about:blank")
    if scene.speaks:
        stage.hush()


def html(scene: Scene, stage: Stage, url: str) -> str:
    """The page as the server sends it."""
    if scene.served:
        return scene.served(stage)
    _, headers, body = stage.run.get(url.removeprefix(stage.run.url))
    assert headers["Content-Type"].startswith("text/html"), url
    return body.decode()
