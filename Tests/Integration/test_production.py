"""nginx as a house runs it: the production example before a real responder."""

import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import time
import uuid
from collections.abc import Iterator

import pytest

from local_run import ROOT, LocalRun, eventually, free_port
from scripted_provider import ScriptedProvider
from uploading import start

NAME = "parley.intranet.example"
HEADERS = (
    "X-Content-Type-Options X-Frame-Options Referrer-Policy Cross-Origin-Opener-Policy "
    "Cross-Origin-Resource-Policy Permissions-Policy Content-Security-Policy Strict-Transport-Security"
).split()
# So that tests need not wait as long as a slow client may.
PATIENCE = 2


class House:
    """site.conf.example with nothing changed but names, ports, directories and how long slow clients are borne."""

    def __init__(self, site: LocalRun, place: pathlib.Path) -> None:
        self.site, self.place = site, place
        self.http_port, self.https_port = free_port(), free_port()
        text = (ROOT / "nginx/site.conf.example").read_text()
        text = re.sub(r"/etc/ssl/parley\.(crt|key)", rf"{site.var}/nginx/tls.\1", text)
        text = text.replace("/var/log/nginx/", f"{place}/").replace("unix:/run/parley/", f"unix:{site.var}/run/")
        text = text.replace("/usr/share/parley/public", f"{ROOT}/public").replace("/var/lib/parley/", f"{site.var}/data/")
        text = re.sub(r"listen 80\b", f"listen 127.0.0.1:{self.http_port}", text)
        text = re.sub(r"listen 443\b", f"listen 127.0.0.1:{self.https_port}", text)
        text = text.replace("include parley/", f"include {place}/parley/")
        (place / "site.conf").write_text(text)
        (place / "parley").mkdir()
        for file in (ROOT / "nginx").glob("*.conf"):
            content = file.read_text().replace("include parley/", f"include {place}/parley/")
            if file.name == "server.conf":
                content, count = re.subn(r"(client_(?:header|body)_timeout) \d+s", rf"\1 {PATIENCE}s", content)
                assert count == 2
            (place / "parley" / file.name).write_text(content)
        user = "user root;" if os.geteuid() == 0 else ""
        (place / "nginx.conf").write_text(
            f"{user} daemon off; pid {place}/pid; worker_processes 1; error_log {place}/main.log crit; "
            f"events {{ worker_connections 1024; }} http {{ include /etc/nginx/mime.types; access_log off; "
            f"client_body_temp_path {place}/b; fastcgi_temp_path {place}/f; proxy_temp_path {place}/p; "
            f"uwsgi_temp_path {place}/u; scgi_temp_path {place}/s; include {place}/site.conf; }}"
        )
        self.process = subprocess.Popen(
            ["nginx", "-p", place, "-c", place / "nginx.conf", "-e", place / "main.log"],
            env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin"},
        )
        eventually(self.listens, what="nginx")

    def listens(self) -> bool:
        assert self.process.poll() is None, (self.place / "main.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.https_port)) == 0

    def connect(self, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        context = context or ssl._create_unverified_context()
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.https_port), timeout=20), server_hostname=NAME)

    def raw(self, request: bytes) -> http.client.HTTPResponse:
        connection = self.connect()
        connection.sendall(request)
        response = http.client.HTTPResponse(connection, method="GET")
        response.begin()
        return response

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.https_port, timeout=20, context=ssl._create_unverified_context()
        )
        headers = {"Host": NAME} | {k.replace("_", "-"): v for k, v in headers.items()}
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def site(provider: ScriptedProvider) -> Iterator[LocalRun]:
    run = LocalRun(provider.url)
    run.environment |= {"ENABLE_VIRUS_SCAN": "false", "PUBLIC_URL": f"https://{NAME}/", "POLLS_PER_PERSON": "100"}
    try:
        yield run.started()
    finally:
        run.stop()


@pytest.fixture(scope="module")
def house(site: LocalRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(site, tmp_path_factory.mktemp("house"))
    try:
        yield house
    finally:
        house.stop()


def faults(response: http.client.HTTPResponse, without: tuple[str, ...] = ()) -> list[str]:
    counts = {name: len(response.headers.get_all(name, [])) for name in HEADERS if name not in without}
    wrong = [f"{name}: {count}" for name, count in counts.items() if count != 1]
    return wrong + ([response.headers["Server"]] if response.headers["Server"] != "nginx" else [])


def test_every_location_gives_each_security_header_once(house: House) -> None:
    discussion = start(house.site, ("a.txt", b"words"))
    answers = house.site.discussion(discussion)
    form = f"topic=Why+not%3F&command_id={uuid.uuid4()}&form_token={house.site.form_token()}".encode()
    # Each location of parley.conf and errors.conf, and what it may answer.
    walked = {
        'location /': [
            (200, "GET", "/"), (200, "GET", "/health"), (404, "GET", "/nowhere"), (404, "GET", "/discussions/none"),
            (405, "DELETE", "/health"), (200, "GET", f"{discussion}/export.html"), (200, "GET", f"{discussion}/live"),
            (200, "GET", f"{discussion}/events?wait=0&after=0"), (410, "GET", f"{discussion}/events?after=99999999"),
        ],
        'location ~ "^/discussions(?:/[^/]+/files)?$"': [
            (303, "POST", "/discussions"), (405, "GET", "/discussions"), (400, "POST", f"{discussion}/files"),
        ],
        'location = /metrics': [(200, "GET", "/metrics")],
        'location ^~ /-/files/': [(200, "GET", f"/files/{answers['files'][0]['id']}"), (404, "GET", "/-/files/x")],
        'location ^~ /assets/': [
            (200, "GET", "/assets/parley.css"), (404, "GET", "/assets/none.css"), (403, "GET", "/assets/"),
            (405, "POST", "/assets/parley.css"),
        ],
        'location = /favicon.ico': [(200, "GET", "/favicon.ico"), (405, "POST", "/favicon.ico")],
        'location ^~ /errors/': [(404, "GET", "/errors/502.html")],
    }
    text = "".join((ROOT / "nginx" / name).read_text() for name in ("parley.conf", "errors.conf"))
    assert set(re.findall(r"^(location .*?) \{$", text, re.M)) == set(walked)
    for pages in walked.values():
        for status, method, path in pages:
            body = form if method == "POST" else b""
            response = house.request(method, path, body, Content_Type="application/x-www-form-urlencoded")
            assert response.status == status, (method, path, response.status, response.read())
            assert faults(response) == [], (method, path)
            response.read()
    # What no location has a part in.
    for status, raw in (
        (400, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), (421, b"GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"),
        (413, f"POST /x HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 99999999\r\n\r\n".encode()),
        (400, f"GET / HTTP/1.1\r\nHost: {NAME}\r\nX: {'x' * 20_000}\r\n\r\n".encode()),
    ):
        response = house.raw(raw)
        assert response.status == status, raw[:100]
        # Whose name it was is not known yet where the head is at fault.
        assert faults(response, () if status in (413, 421) else ("Strict-Transport-Security",)) == [], raw[:100]
        response.close()


def test_plain_http_is_led_to_https(house: House) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", house.http_port, timeout=20)
    connection.request("GET", "/discussions/x?a=b", headers={"Host": NAME})
    response = connection.getresponse()
    assert (response.status, response.headers["Location"]) == (301, f"https://{NAME}/discussions/x?a=b")
    # Only an answer under TLS may promise TLS.
    assert response.headers["Strict-Transport-Security"] is None
    assert faults(response, ("Strict-Transport-Security",)) == []


def test_the_local_run_promises_no_tls_for_this_machines_names(site: LocalRun) -> None:
    connection = http.client.HTTPSConnection("localhost", site.https_port, context=ssl._create_unverified_context())
    connection.request("GET", "/health")
    assert connection.getresponse().headers["Strict-Transport-Security"] is None


@pytest.mark.parametrize(
    ("most", "ciphers", "works"),
    [(ssl.TLSVersion.TLSv1_3, "DEFAULT", True), (ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM", True),
     (ssl.TLSVersion.TLSv1_2, "AES256-SHA:AES128-GCM-SHA256", False), (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-SHA", False),
     (ssl.TLSVersion.TLSv1_1, "ALL", False)],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_only_modern_tls_is_spoken(house: House, most: ssl.TLSVersion, ciphers: str, works: bool) -> None:
    context = ssl._create_unverified_context()
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = most
    # What this side would refuse must not look like the server's doing.
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    if works:
        house.connect(context).close()
        return
    with pytest.raises(ssl.SSLError, match="(?i)alert"):
        house.connect(context)


@pytest.mark.parametrize(
    "beginning",
    [f"GET / HTTP/1.1\r\nHost: {NAME}\r\nX-Slow: ", f"POST /discussions HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 9999\r\n\r\n"],
    ids=["head", "body"],
)
def test_a_slow_client_is_cut_off(house: House, beginning: str) -> None:
    connection = house.connect()
    connection.sendall(beginning.encode())
    began = time.monotonic()
    connection.settimeout(0.4)
    pieces = 0
    # A byte now and then keeps no head open; a body's pieces may come slowly, but not stop.
    while True:
        assert time.monotonic() - began < 20, "it was never cut off"
        try:
            if not connection.recv(1000):
                break
        except TimeoutError:
            if "GET" in beginning:
                pieces += 1
                try:
                    connection.sendall(b"x")
                except OSError:
                    break
        except OSError:
            break
    assert time.monotonic() - began > PATIENCE / 2
    assert "POST" in beginning or pieces > 1


def test_too_many_requests_get_our_own_page(house: House) -> None:
    request = f"GET /favicon.ico HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()
    connection = house.connect()
    connection.sendall(request * 400)
    seen = b""
    while b" 429 " not in seen or b"</html>" not in seen.partition(b" 429 ")[2]:
        piece = connection.recv(1 << 16)
        assert piece, "no limit was met"
        seen += piece
    page = seen.partition(b" 429 ")[2]
    assert b"Too many requests at once" in page and b"Parley, error 429" in page
    assert b"Content-Security-Policy" in page and b"Strict-Transport-Security" in page
    connection.close()
    # The limit is forgotten within seconds.
    eventually(lambda: house.request("GET", "/health").status == 200)


def test_one_address_holds_only_so_many_polls(house: House) -> None:
    discussion = house.site.start_discussion("How long may one wait?")
    cursor = eventually(lambda: (d := house.site.discussion(discussion))["waitingForAction"] and d["cursor"], 60)
    request = f"GET {discussion}/events?after={cursor}&client=CLIENT HTTP/1.1\r\nHost: {NAME}\r\n\r\n"
    held = []
    try:
        while len(held) < 60:
            connection = house.connect()
            connection.sendall(request.replace("CLIENT", str(len(held))).encode())
            held.append(connection)
            # Those that are let in are silent; past its own limit Parley answers after a second, past nginx's at once.
            connection.settimeout(0.3)
            try:
                if b" 429 " in connection.recv(100):
                    break
            except TimeoutError:
                pass
        assert len(held) == 49
        # Other requests from there are not affected.
        assert house.request("GET", "/health").status == 200
    finally:
        for connection in held:
            connection.close()
