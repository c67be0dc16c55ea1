"""What nginx does by itself: names, headers, files, error pages, and what passes through it."""

import gzip
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import zlib
from collections.abc import Iterator

import pytest

from local_run import ROOT, LocalRun, eventually, free_port
from scripted_provider import ScriptedProvider

HEADERS = (
    "X-Content-Type-Options X-Frame-Options Referrer-Policy Cross-Origin-Opener-Policy "
    "Cross-Origin-Resource-Policy Permissions-Policy"
).split()


@pytest.mark.parametrize(
    "path",
    ["/", "/health", "/metrics", "/nowhere", "/discussions/none", "/assets/parley.css", "/assets/none.css",
     "/favicon.ico", "/errors/502.html"],
)
def test_every_answer_has_each_security_header_once(site: LocalRun, path: str) -> None:
    _, headers, _ = site.get(path)
    assert {name: len(headers.get_all(name, [])) for name in HEADERS} == {name: 1 for name in HEADERS}
    assert len(headers.get_all("Content-Security-Policy", [])) <= 1
    assert headers["Server"] == "nginx"


@pytest.mark.parametrize("path", ["/", "/assets/parley.css", "/errors/502.html"])
def test_what_a_browser_shows_has_one_policy(site: LocalRun, path: str) -> None:
    assert len(site.get(path)[1].get_all("Content-Security-Policy", [])) == 1


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]", "[::1]:8080"])
def test_the_names_of_this_machine_are_served(site: LocalRun, host: str) -> None:
    assert site.get("/health", Host=host)[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.2"])
def test_any_other_name_is_421(site: LocalRun, host: str) -> None:
    for path in ("/", "/health", "/assets/parley.css"):
        status, headers, body = site.get(path, Host=host)
        assert status == 421
        assert "not Parley’s" in body.decode()
        assert all(name in headers for name in HEADERS)


def test_tls_speaks_http_2(site: LocalRun) -> None:
    answer = subprocess.run(
        ["curl", "-sk", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code} %{http_version}",
         f"https://localhost:{site.https_port}/health"], capture_output=True, text=True,
    )
    assert answer.stdout == "200 2"


def test_the_ports_are_on_loopback_only(site: LocalRun) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no other address")
        address = probe.getsockname()[0]
    for port in (site.http_port, site.https_port):
        with pytest.raises(OSError):
            socket.create_connection((address, port), timeout=2)


def test_an_asset_asked_for_by_version_is_kept_for_good_and_others_for_minutes(site: LocalRun) -> None:
    assert site.get("/assets/parley.css?v=1")[1]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert site.get("/assets/parley.css")[1]["Cache-Control"] == "public, max-age=300"
    assert "Cache-Control" not in site.get("/assets/none.css?v=1")[1]


def test_assets_are_compressed_and_stay_inside_their_folder(site: LocalRun) -> None:
    plain = site.get("/assets/parley.css")[2]
    _, headers, packed = site.get("/assets/parley.css", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in headers["Vary"]
    assert gzip.decompress(packed) == plain
    for path in ("/assets../nginx/parley.conf", "/assets/../nginx/parley.conf", "/assets/%2e%2e/nginx/parley.conf"):
        assert site.get(path)[0] in (400, 404)


def test_the_icon_that_browsers_ask_for_unasked_is_there(site: LocalRun) -> None:
    status, headers, _ = site.get("/favicon.ico")
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml")


def test_parleys_own_errors_pass_through_untouched(site: LocalRun) -> None:
    status, headers, body = site.get("/discussions/none", Accept="application/json")
    assert (status, headers["Content-Type"].split(";")[0]) == (404, "application/json")
    assert "error" in json.loads(body)


def test_a_body_beyond_the_limit_gets_a_friendly_page(site: LocalRun) -> None:
    path = "/discussions/none/input"
    status, headers, body = site.request("POST", path, None, Content_Length=str(31 * 1024 * 1024))
    assert status == 413
    assert "too much to send at once" in body.decode()
    assert all(name in headers for name in HEADERS)


def test_without_a_responder_there_is_a_friendly_page(run: LocalRun) -> None:
    run.started()
    # The script cannot start it again while it is stopped itself.
    os.kill(run.process.pid, signal.SIGSTOP)
    try:
        responder = run.part(" serve")
        os.kill(responder, signal.SIGKILL)
        status, headers, body = eventually(lambda: (answer := run.get("/"))[0] == 502 and answer)
    finally:
        os.kill(run.process.pid, signal.SIGCONT)
    assert "starting again" in body.decode()
    assert headers["Cache-Control"] == "no-store"
    assert all(name in headers for name in HEADERS)
    eventually(run.healthy)


@pytest.mark.parametrize("code", [413, 421, 429, 502, 503, 504])
def test_an_error_page_needs_nothing_but_itself(code: int) -> None:
    page = (ROOT / f"public/errors/{code}.html").read_text()
    assert not re.search(r"<script|<link|<img|src=|@import|url\(| style=", page)
    assert "prefers-color-scheme: dark" in page


def test_the_log_holds_no_arguments(site: LocalRun) -> None:
    site.get("/?q=a-secret-word", Referer="http://localhost/another-secret")
    log = eventually(lambda: "GET / HTTP/1.1 200" in (text := (site.var / "log/access.log").read_text()) and text)
    assert "secret" not in log and "secret" not in (site.var / "log/nginx.log").read_text()


@pytest.fixture
def held(provider: ScriptedProvider) -> Iterator[ScriptedProvider]:
    """The model has begun to speak, and says no more until it is let."""
    provider.release.clear()
    yield provider
    provider.release.set()


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("tls", [False, True], ids=["http", "tls"])
def test_words_arrive_while_the_model_speaks(
    site: LocalRun, held: ScriptedProvider, tls: bool, encoding: str
) -> None:
    path = site.start_discussion("Does the first word come before the last?")
    if tls:
        trusting = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", site.https_port, timeout=20, context=trusting)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", site.http_port, timeout=20)
    connection.request("GET", f"{path}/live", headers={"Accept-Encoding": encoding})
    response = connection.getresponse()
    unpack = zlib.decompressobj(wbits=31).decompress if encoding == "gzip" else bytes
    assert response.headers.get("Content-Encoding", "identity") == encoding
    text = b""
    while b"The beginning" not in text:
        text += unpack(response.read1())
    assert b"and the end." not in text

    held.release.set()
    while piece := response.read1():
        text += unpack(piece)
    assert b"and the end." in text and b"It is your turn" in text
    connection.close()


def test_the_production_example_is_valid(site: LocalRun, tmp_path) -> None:
    text = (ROOT / "nginx/site.conf.example").read_text()
    text = re.sub(r"/etc/ssl/parley\.(crt|key)", rf"{site.var}/nginx/tls.\1", text)
    text = text.replace("/var/log/nginx/", f"{tmp_path}/")
    for port, other in ((80, free_port()), (443, free_port())):
        text = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{other}", text)
    (tmp_path / "site.conf").write_text(text)
    (tmp_path / "parley").symlink_to(ROOT / "nginx")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; events {{}} http {{ include site.conf; client_body_temp_path {tmp_path}/b; "
        f"fastcgi_temp_path {tmp_path}/f; proxy_temp_path {tmp_path}/p; uwsgi_temp_path {tmp_path}/u; "
        f"scgi_temp_path {tmp_path}/s; }}"
    )
    check = subprocess.run(
        ["nginx", "-t", "-q", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"],
        capture_output=True, text=True, env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin"},
    )
    assert check.returncode == 0, check.stderr


def test_the_local_runs_limits_are_its_settings(run: LocalRun) -> None:
    run.environment |= {"LIMIT_REQ": "5", "LIMIT_CONN": "2"}
    run.started()
    assert 429 in [run.get("/costs")[0] for _ in range(20)]
    eventually(lambda: run.get("/costs")[0] == 200)
    held = [http.client.HTTPConnection("127.0.0.1", run.http_port, timeout=30) for _ in range(2)]
    try:
        for connection in held:
            eventually(lambda: polled(connection) is None)
        assert eventually(lambda: (answer := run.get("/costs"))[0] == 429 and answer)[2].startswith(b"<!DOCTYPE html>")
    finally:
        for connection in held:
            connection.close()


def polled(connection: http.client.HTTPConnection) -> int | None:
    """Begins a poll; None once one is held, else the status of its refusal."""
    connection.request("GET", "/events?wait=20&after=0")
    connection.sock.settimeout(0.5)
    try:
        response = connection.getresponse()
    except TimeoutError:
        return None
    response.read()
    return response.status
