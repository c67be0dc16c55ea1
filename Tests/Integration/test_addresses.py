"""One workflow, without a browser, wherever the site lies: at the root, under a path, behind a proxy that ends TLS."""

import dataclasses
import http.client
import json
import pathlib
import re
import ssl
import subprocess
import tempfile
import urllib.parse
import uuid
from collections.abc import Iterator

import pytest

from local_run import ROOT, LocalRun, eventually, free_port
from scripted_provider import ScriptedProvider
from uploading import BOUNDARY, multipart


@dataclasses.dataclass
class Place:
    """A site as people find it."""

    run: LocalRun
    port: int
    base: str
    tls: bool

    @property
    def origin(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def open(self) -> http.client.HTTPConnection:
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=40, context=ssl._create_unverified_context()
        )

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = self.open()
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        return self.request("GET", path, **headers)

    def post(self, path: str, **fields: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        """As a browser posts a form."""
        return self.request(
            "POST", path, urllib.parse.urlencode(fields).encode(), Content_Type="application/x-www-form-urlencoded",
            Origin=self.origin, Sec_Fetch_Site="same-origin",
        )

    def command(self, path: str, **fields: str) -> tuple[int, dict]:
        status, _, body = self.request(
            "POST", path, json.dumps(fields).encode(), Content_Type="application/json", Accept="application/json",
            Idempotency_Key=str(uuid.uuid4()),
        )
        return status, json.loads(body)

    def json(self, path: str) -> dict:
        status, _, body = self.get(path, Accept="application/json")
        assert status == 200, body
        return json.loads(body)

    def waits(self, path: str) -> dict:
        return eventually(lambda: (d := self.json(path))["waitingForAction"] and d, 60)


OUTER = """
pid {here}/pid; daemon off; error_log {here}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {here}/b; proxy_temp_path {here}/p; fastcgi_temp_path {here}/f;
    uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {var}/nginx/tls.crt; ssl_certificate_key {var}/nginx/tls.key;
{location}
    }}
}}
"""


def outer_nginx(run: LocalRun, port: int, here: pathlib.Path) -> subprocess.Popen:
    """The proxy that nginx/behind-proxy.conf.example asks for, as written there."""
    text = (ROOT / "nginx/behind-proxy.conf.example").read_text()
    location = re.sub("^# ?", "", text[text.index("#     location / {"):], flags=re.MULTILINE)
    location = location.replace("http://10.0.0.8:8080", f"http://127.0.0.1:{run.http_port}")
    (here / "nginx.conf").write_text(OUTER.format(here=here, port=port, var=run.var, location=location))
    return subprocess.Popen(["nginx", "-p", here, "-c", here / "nginx.conf", "-e", here / "error.log"])


@pytest.fixture(scope="module", params=["root", "path", "behind-tls"])
def place(request: pytest.FixtureRequest, provider: ScriptedProvider) -> Iterator[Place]:
    run = LocalRun(provider.url)
    run.environment["ENABLE_VIRUS_SCAN"] = "false"
    place = Place(run, run.http_port, "", False)
    if request.param == "path":
        # The dot and the tilde mean something to a regular expression and to a shell.
        place.base = "/our.ai/~parley"
        run.environment["PUBLIC_URL"] = f"http://127.0.0.1:{run.http_port}{place.base}/"
    if request.param == "behind-tls":
        place.port, place.base, place.tls = free_port(), "/parley", True
        run.environment |= {"PUBLIC_URL": f"{place.origin}/parley/", "TRUSTED_PROXIES": "127.0.0.1"}
    run.base = place.base
    with tempfile.TemporaryDirectory(prefix="parley-", dir="/tmp") as here:
        outer = None
        try:
            run.started()
            if place.tls:
                outer = outer_nginx(run, place.port, pathlib.Path(here))
                eventually(lambda: answers(place))
            yield place
        finally:
            if outer:
                outer.terminate()
                outer.wait(20)
            run.stop()


def answers(place: Place) -> bool:
    try:
        return place.get(f"{place.base}/health")[0] == 200
    except OSError:
        return False


def form_token(page: bytes) -> str:
    return re.search(rb'name="form_token" value="([0-9a-f]+)"', page)[1].decode()


def begin(place: Place, topic: str = "Why is the sky blue?") -> str:
    """Starts a discussion by the form of the start page; returns its path."""
    status, _, page = place.get(f"{place.base}/")
    assert status == 200
    [action] = re.findall(r'<form method="post" action="([^"]+)" id="start"', page.decode())
    assert action == f"{place.base}/discussions"
    command = re.findall(r'name="command_id" value="([^"]+)"', page.decode())[-1]
    status, headers, _ = place.post(action, topic=topic, command_id=command, form_token=form_token(page))
    assert status == 303
    assert headers["Location"].startswith(f"{place.base}/discussions/")
    assert f"Path={headers['Location']}" in headers["Set-Cookie"].split("; ")
    return headers["Location"]


def test_pages_and_all_they_lead_to(place: Place) -> None:
    path = begin(place)
    place.waits(path)
    seen, waiting = set(), {f"{place.base}/", path}
    while waiting:
        page = waiting.pop()
        seen.add(page)
        status, headers, body = place.get(page)
        assert status == 200, page
        if not headers["Content-Type"].startswith("text/html") or headers["Content-Disposition"]:
            continue
        for target in re.findall(r' (?:href|src)="([^"#]+)', body.decode()):
            target = target.replace("&amp;", "&")
            assert target.startswith(f"{place.base}/"), (target, page)
            if target not in seen:
                waiting.add(target)
    assert any("/assets/parley.js" in target for target in seen)
    assert any(target.endswith("/export.md") for target in seen)
    # The script finds its other module beside itself.
    assert place.get(f"{place.base}/assets/rounds.js")[1]["Content-Type"].startswith(("text/javascript", "application/javascript"))


def test_commands_by_forms_and_by_scripts(place: Place) -> None:
    path = begin(place)
    assert place.waits(path)["rounds"][0]["complete"]
    remark = {"input": "Shorter, please.", "form_token": form_token(place.get(path)[2])}
    status, headers, _ = place.post(f"{path}/input", **remark, command_id=str(uuid.uuid4()))
    assert (status, headers["Location"]) == (303, path)
    place.waits(path)
    status, answer = place.command(f"{path}/proceed")
    assert status == 200 and answer["ack"]["event"] == "proceed-dialogue"
    assert len(place.waits(path)["rounds"]) == 3
    foreign = place.request("POST", f"{path}/proceed", b"command_id=f", Origin="https://evil.example",
                            Content_Type="application/x-www-form-urlencoded")
    assert foreign[0] == 403


def test_words_stream_and_polls_are_held(place: Place, provider: ScriptedProvider) -> None:
    provider.release.clear()
    path = begin(place)
    cursor = place.json(path)["cursor"]
    connection = place.open()
    connection.request("GET", f"{path}/live")
    response = connection.getresponse()
    text = b""
    while b"The beginning" not in text:
        piece = response.read1()
        assert piece, text
        text += piece
    assert b"and the end." not in text
    provider.release.set()
    while piece := response.read1():
        text += piece
    connection.close()
    assert f'target="_top" href="{path}"'.encode() in text

    types = []
    while "round-complete" not in types:
        answer = place.json(f"{path}/events?after={cursor}&wait=20")
        cursor = answer["cursor"]
        types += [event["type"] for event in answer["events"]]
    assert place.json(f"{path}/events?after={cursor}&wait=1") == {"cursor": cursor, "events": []}


def test_files_go_in_and_come_back(place: Place) -> None:
    content = b"Der Himmel ist blau.\n" * 2_000
    status, headers, body = place.request(
        "POST", f"{place.base}/discussions", multipart([("topic", None, b"Why?"), ("files", "sky.txt", content)]),
        Content_Type=f"multipart/form-data; boundary={BOUNDARY}", Accept="application/json",
        Idempotency_Key=str(uuid.uuid4()),
    )
    assert status == 201, body
    path = urllib.parse.urlparse(headers["Location"]).path
    assert path.startswith(f"{place.base}/discussions/")
    [file] = place.waits(path)["files"]
    status, headers, body = place.get(f"{place.base}/files/{file['id']}")
    assert (status, body) == (200, content)
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert place.get(f"{place.base}/-/files/{file['id']}")[0] == 404
    assert place.get(f"{path}/export.md")[1]["Content-Disposition"].startswith("attachment; ")


def test_what_nginx_refuses_by_itself_leads_back(place: Place) -> None:
    status, headers, body = place.request(
        "POST", f"{place.base}/discussions/none/input", None, Content_Length=str(31 << 20)
    )
    assert status == 413 and "too much to send at once" in body.decode()
    page = place.run.get(f"{place.base}/errors/502.html")
    assert page[0] == 404
    links = re.findall(r'href="(/[^"]*)"', body.decode())
    assert all(link.startswith(f"{place.base}/") for link in links)


def test_numbers_about_the_house_stay_in_it(place: Place) -> None:
    assert place.get(f"{place.base}/metrics")[0] == 200
    if place.tls:
        # The proxy is on this machine; who it names is not.
        status, _, _ = place.get(f"{place.base}/metrics", X_Forwarded_For="198.51.100.9")
        assert status == 403


@pytest.mark.parametrize("place", ["path", "behind-tls"], indirect=True)
def test_what_lies_beside_is_not_parleys(place: Place) -> None:
    for path in ("/", "/health", "/assets/parley.css", f"{place.base}x/"):
        status, headers, _ = place.run.get(path)
        assert status == 404 and "Content-Security-Policy" not in headers, path
    status, headers, _ = place.run.get(f"{place.base}?deleted=1")
    assert (status, headers["Location"]) == (308, f"{place.base}/?deleted=1")


@pytest.mark.parametrize("place", ["behind-tls"], indirect=True)
def test_the_log_names_who_asked(place: Place) -> None:
    place.get(f"{place.base}/costs", X_Forwarded_For="198.51.100.77")
    log = place.run.var / "log/access.log"
    eventually(lambda: re.search(r" 198\.51\.100\.77 GET /parley/costs ", log.read_text()))
