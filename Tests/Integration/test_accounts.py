"""Accounts, tokens and the house's sign-on, with a real nginx in front."""

import json
import pathlib
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator

import pytest

from kept_run import KeptRun
from local_run import BINARY, ROOT
from scripted_provider import ScriptedProvider
from visitor import PASSWORD, Visitor, parley

@pytest.fixture(scope="module")
def house() -> Iterator[KeptRun]:
    provider = ScriptedProvider()
    run = KeptRun(provider.url)
    run.environment |= {"AUTH_MODE": "accounts", "RATE_LIMIT_SIGNIN": "1000"}
    try:
        assert parley(run, "user", "add", "anna", "--admin", "--password-stdin", give=PASSWORD + "\n").returncode == 0
        assert parley(run, "user", "add", "ben", "--password-stdin", give=PASSWORD + "\n").returncode == 0
        yield run.started()
    finally:
        run.stop()
        provider.close()


def test_signing_in_by_form_leads_to_what_was_asked_for(house: KeptRun) -> None:
    visitor = Visitor(house)
    status, headers, _ = visitor.get("/costs")
    assert (status, headers["Location"].removeprefix(house.url)) == (303, "/signin?next=%2Fcosts")
    assert visitor.sign_in("anna", "wrong") == 403
    status, headers, _ = visitor.post("/signin", name="anna", password=PASSWORD, next="/costs")
    assert (status, headers["Location"].removeprefix(house.url)) == (303, "/costs")
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Lax" in headers["Set-Cookie"]
    status, _, page = visitor.get("/costs")
    assert status == 200 and b"Sign out" in page and b">anna</a>" in page

    assert visitor.post("/signout")[0] == 403
    assert visitor.post("/signout", form_token=visitor.token())[0] == 303
    assert visitor.get("/costs")[0] == 303


def test_a_script_works_with_its_token_until_that_is_revoked(house: KeptRun) -> None:
    made = parley(house, "token", "add", "anna", "--days", "3")
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    assert re.fullmatch(r"parley_[A-Za-z0-9_-]{43}", token)
    site = {"PARLEY_URL": house.url, "PARLEY_TOKEN": token}
    asked = parley(house, "ask", "Why is the sky blue?", **site)
    assert asked.returncode == 0, asked.stderr
    visitor = Visitor(house)
    visitor.sign_in("anna")
    listed = json.loads(visitor.get("/", Accept="application/json")[2])["discussions"]
    identifier = listed[0]["id"]
    watch = subprocess.Popen(
        [BINARY, "watch", identifier], env=house.environment | site, cwd=house.var, stdout=subprocess.PIPE
    )
    assert any(b"It is your turn" in line for line in watch.stdout)
    watch.terminate()
    watch.wait(30)
    watch.stdout.close()
    # Ben has a token too, and it opens nothing of Anna's.
    bens = parley(house, "token", "add", "ben", "--read-only").stdout.strip()
    other = parley(house, "export", identifier, "--format", "md", PARLEY_URL=house.url, PARLEY_TOKEN=bens)
    assert other.returncode == 1 and "blue" not in other.stdout
    looks = parley(house, "ask", "Why?", PARLEY_URL=house.url, PARLEY_TOKEN=bens)
    assert looks.returncode == 1 and "look" in looks.stderr

    tokens = parley(house, "token", "list").stdout
    assert token not in tokens
    line = next(line for line in tokens.splitlines() if "anna" in line)
    assert "expires" in line and "never used" not in line
    assert parley(house, "token", "revoke", line.split("\t")[0]).returncode == 0
    refused = parley(house, "watch", identifier, **site)
    assert refused.returncode == 1
    assert "token" in refused.stderr and "revoked" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert parley(house, "token", "revoke", "nothing").returncode == 1


def test_what_the_command_line_does_counts_at_once_in_the_running_server(house: KeptRun) -> None:
    assert parley(house, "user", "add", "carl", "--password-stdin", give=PASSWORD + "\n").returncode == 0
    visitor = Visitor(house)
    assert visitor.sign_in("carl") == 303
    assert visitor.get("/")[0] == 200
    assert parley(house, "user", "password", "carl", "--password-stdin", give="quite another one\n").returncode == 0
    assert visitor.get("/")[0] == 303
    assert visitor.sign_in("carl") == 403
    assert visitor.sign_in("carl", "quite another one") == 303
    assert parley(house, "user", "disable", "carl").returncode == 0
    assert visitor.get("/")[0] == 303
    assert visitor.sign_in("carl", "quite another one") == 403
    listed = parley(house, "user", "list").stdout.splitlines()
    assert "carl\tmember\tdisabled" in listed and "anna\tadmin" in listed
    assert parley(house, "user", "enable", "carl").returncode == 0
    assert visitor.sign_in("carl", "quite another one") == 303


def test_what_cannot_be_done_is_told_in_one_line(house: KeptRun) -> None:
    for arguments, give, words in (
        (("user", "add", "anna", "--password-stdin"), PASSWORD, "already"),
        (("user", "add", "ANNA", "--password-stdin"), PASSWORD, "already"),
        (("user", "add", "local", "--password-stdin"), PASSWORD, "cannot be a name"),
        (("user", "add", "dora", "--password-stdin"), "short", "10 characters"),
        (("user", "add", "dora"), "", "--password-stdin"),
        (("user", "disable", "nobody"), "", "no account"),
        (("token", "add", "nobody"), "", "no account"),
    ):
        done = parley(house, *arguments, give=give)
        assert done.returncode == 1 and words in done.stderr, (arguments, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1 and "short" not in done.stderr


def test_only_adding_an_account_makes_a_database(house: KeptRun, tmp_path: pathlib.Path) -> None:
    nowhere = tmp_path / "nowhere"
    database = nowhere / "parley.sqlite"
    for arguments in (
        ("user", "list"), ("user", "disable", "anna"), ("user", "enable", "anna"), ("user", "role", "anna", "admin"),
        ("user", "password", "anna", "--password-stdin"), ("token", "add", "anna"), ("token", "list"),
        ("token", "revoke", "nothing"),
    ):
        done = parley(house, *arguments, give=PASSWORD + "\n", DATA_DIR=str(nowhere))
        assert (done.returncode, done.stdout, done.stderr) == (
            1, "", f"parley: there is no database at {database}: is DATA_DIR the service's?\n"
        ), arguments
        assert not nowhere.exists(), arguments
    added = parley(house, "user", "add", "anna", "--password-stdin", give=PASSWORD + "\n", DATA_DIR=str(nowhere))
    assert (added.returncode, added.stdout) == (0, "anna can sign in now.\n"), added.stderr
    assert parley(house, "user", "list", DATA_DIR=str(nowhere)).stdout == "anna\tmember\n"


def test_the_audit_log_tells_which_role_was_given(house: KeptRun, tmp_path: pathlib.Path) -> None:
    where = {"DATA_DIR": str(tmp_path), "AUDIT_LOG": str(tmp_path / "audit.log")}
    for arguments in (
        ("user", "add", "emil", "--password-stdin"), ("user", "add", "fay", "--admin", "--password-stdin"),
        ("user", "role", "emil", "admin"), ("user", "role", "fay", "member"),
    ):
        done = parley(house, *arguments, give=PASSWORD + "\n", **where)
        assert done.returncode == 0, (arguments, done.stderr)
    assert parley(house, "user", "list", **where).stdout.splitlines() == ["emil\tadmin", "fay\tmember"]
    # Neither somebody who is not there nor a role that is none leaves a line.
    assert parley(house, "user", "role", "nobody", "admin", **where).returncode == 1
    assert parley(house, "user", "role", "emil", "king", **where).returncode != 0
    lines = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    assert [(line["event"], line["command"], line["who"], line["from"]) for line in lines] == [
        ("account-added", "member", "emil", "terminal"), ("account-added", "admin", "fay", "terminal"),
        ("role-changed", "admin", "emil", "terminal"), ("role-changed", "member", "fay", "terminal"),
    ]


def test_a_session_ended_elsewhere_ends_a_held_poll_within_its_hold(house: KeptRun) -> None:
    visitor = Visitor(house)
    visitor.sign_in("ben")
    cursor = json.loads(visitor.get("/events?wait=0", Accept="application/json")[2])["cursor"]
    answers = []
    poll = threading.Thread(
        target=lambda: answers.append(visitor.get(f"/events?after={cursor}&wait=3", Accept="application/json"))
    )
    poll.start()
    Visitor.post(visitor, "/signout", form_token=visitor.token())
    poll.join(30)
    assert not poll.is_alive() and answers[0][0] in (200, 401)
    assert visitor.get("/events?wait=0", Accept="application/json")[0] == 401


def test_secrets_are_nowhere_in_the_clear(house: KeptRun) -> None:
    visitor = Visitor(house)
    visitor.sign_in("anna")
    secret = visitor.cookie.partition("=")[2].encode()
    token = parley(house, "token", "add", "anna").stdout.strip().encode()
    parley(house, "user", "list", PARLEY_TOKEN=token.decode())
    house.request("GET", "/", Authorization=f"Bearer {token.decode()}", Accept="application/json")
    files = [path for path in house.var.rglob("*") if path.is_file() and path.suffix != ".key"]
    assert any(path.name == "audit.log" for path in files)
    for path in files:
        content = path.read_bytes()
        for what in (secret, token, PASSWORD.encode()):
            assert what not in content, path
    events = [json.loads(line)["event"] for line in (house.var / "data/audit.log").read_text().splitlines()]
    assert {"account-added", "signed-in", "sign-in-refused", "token-added", "token-revoked"} <= set(events)


# The house's sign-on

SIGN_ON_SERVER = """
    server {
        listen unix:%(var)s/run/sign-on.sock;
        location / {
            if ($http_x_cookie !~ "^in=(?<who>[a-z]+)$") { return 401; }
            add_header X-Auth-Request-User $who;
            add_header X-Auth-Request-Groups "staff,keepers";
            return 200;
        }
    }
"""
SIGN_ON_LOCATION = """
        location = /-/sign-on {
            internal;
            proxy_pass http://unix:%(var)s/run/sign-on.sock:/;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header X-Cookie $http_cookie;
        }
"""


class SignedOnRun(KeptRun):
    """A run whose nginx asks who it is, by one of the recipes."""

    def __init__(self, provider_url: str, recipe: str) -> None:
        super().__init__(provider_url)
        self.recipe = recipe
        self.environment |= {"AUTH_MODE": "proxy", "AUTH_ADMIN_GROUP": "keepers"}

    def start_responder(self) -> None:
        super().start_responder()
        # The recipe as an operator puts it in: a copy of the directory, and the file in its place.
        parley_conf, main = self.var / "nginx/parley", self.var / "nginx/nginx.conf"
        if not parley_conf.is_symlink():
            return
        parley_conf.unlink()
        shutil.copytree(ROOT / "nginx", parley_conf)
        text = (ROOT / f"nginx/sign-on.example/{self.recipe}.conf").read_text()
        (parley_conf / "sign-on.d").mkdir()
        (parley_conf / "sign-on.d/house.conf").write_text(
            text.replace("/etc/nginx/parley.htpasswd", str(self.var / "htpasswd"))
        )
        hashed = subprocess.run(["openssl", "passwd", "-apr1", "secret"], capture_output=True, text=True, check=True)
        (self.var / "htpasswd").write_text(f"anna:{hashed.stdout}")
        place = {"var": str(self.var)}
        conf = main.read_text()
        if self.recipe == "request":
            conf = conf.replace("        include parley/parley.conf;", SIGN_ON_LOCATION % place + "        include parley/parley.conf;")
            conf = conf.rstrip().removesuffix("}") + SIGN_ON_SERVER % place + "}\n"
        main.write_text(conf)
        subprocess.run(["nginx", "-t", "-q", "-p", main.parent, "-c", main, "-e", self.var / "log/test.log"], check=True)
        self.nginx.terminate()
        self.nginx.wait(30)
        self.nginx = subprocess.Popen(["nginx", "-p", main.parent, "-c", main, "-e", self.var / "log/nginx.log"])

    def healthy(self) -> bool:
        try:
            return self.get("/health")[0] == 401
        except OSError:
            return False


@pytest.fixture(params=["basic", "request"])
def signed_on(request: pytest.FixtureRequest, provider: ScriptedProvider) -> Iterator[SignedOnRun]:
    run = SignedOnRun(provider.url, request.param)
    try:
        yield run.started()
    finally:
        run.stop()


def test_whom_the_recipe_lets_in_is_who_it_is_and_nobody_else_can_say_so(signed_on: SignedOnRun) -> None:
    run = signed_on
    basic = {"Authorization": "Basic YW5uYTpzZWNyZXQ="}  # anna:secret
    good = basic if run.recipe == "basic" else {"Cookie": "in=anna"}
    wrong = [{}, {"Authorization": "Basic YW5uYTp3cm9uZw=="}, {"Remote-User": "anna"}, {"X-Auth-Request-User": "anna"}]
    if run.recipe == "request":
        # A name that nobody has checked.
        wrong.append(basic)
    for headers in wrong:
        for path in ("/", "/discussions/none", "/account"):
            assert run.request("GET", path, **{k.replace("-", "_"): v for k, v in headers.items()})[0] == 401, headers
    status, _, page = run.get("/", **good)
    assert status == 200 and b"anna" in page
    # What else a client claims to be does not count beside it.
    _, _, page = run.get("/", **good, X_Auth_Request_User="eve", Remote_User="eve", Remote_Name="eve")
    assert b"anna" in page and b"eve" not in page.replace(b"every", b"").replace(b"ever", b"")
    status, _, body = run.get("/status", **good, Accept="application/json")
    tells = "scripted-1" in body.decode()
    assert status == 200 and tells == (run.recipe == "request"), "admins come by the group"


def test_without_a_recipe_nobody_is_who_they_say_they_are(provider: ScriptedProvider) -> None:
    run = KeptRun(provider.url)
    run.environment |= {"AUTH_MODE": "proxy"}
    try:
        run.started()
        for headers in ({}, {"Authorization": "Basic YW5uYTpzZWNyZXQ="}, {"Remote_User": "anna"}):
            status, _, body = run.get("/", **headers, Accept="application/json")
            assert status == 401 and b"UNAUTHENTICATED" in body
    finally:
        run.stop()


def test_an_open_site_answers_nobody_through_a_proxy_that_it_does_not_know(provider: ScriptedProvider) -> None:
    run = KeptRun(provider.url)
    try:
        run.started()
        assert run.get("/")[0] == 200
        for headers in ({"X_Forwarded_For": "10.0.0.7"}, {"Forwarded": "for=10.0.0.7"}, {"X_Real_IP": "10.0.0.7"}):
            status, _, body = run.get("/", **headers)
            assert status == 403 and b"AUTH_OPEN_TO_NETWORK" in body, headers
    finally:
        run.stop()
