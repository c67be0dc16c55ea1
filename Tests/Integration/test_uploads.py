"""Files through nginx: taken in, handed out, refused, and what a crash leaves of them."""

import hashlib
import os
import pathlib
import random
import re
import signal
import socket
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_run import LocalRun, eventually
from scripted_provider import ScriptedProvider
from uploading import BOUNDARY, multipart, send, start

MB = 1 << 20


@pytest.fixture(scope="module")
def site(provider: ScriptedProvider) -> Iterator[LocalRun]:
    """A run without a scanner: what it says is tested where scanners are."""
    run = LocalRun(provider.url)
    run.environment["ENABLE_VIRUS_SCAN"] = "false"
    try:
        yield run.started()
    finally:
        run.stop()


def stored(run: LocalRun, directory: str) -> list[pathlib.Path]:
    return [p for p in (run.var / "data" / directory).rglob("*") if p.is_file() and p.suffix != ".lock"]


def waits(site: LocalRun, path: str) -> dict:
    return eventually(lambda: (d := site.discussion(path))["waitingForAction"] and d, 60)


def test_a_file_comes_back_as_it_was_sent_and_a_browser_can_only_save_it(site: LocalRun) -> None:
    content = "<script>alert(1)</script> Ärger\n".encode() * 5_000
    path = start(site, ('../../Plan "B" 👩‍🚀.html', content))
    [file] = site.discussion(path)["files"]
    assert file["name"] == 'Plan "B" 👩‍🚀.html' and file["type"] == "text/plain" and file["state"] == "unscanned"
    assert file["size"] == len(content) and file["sha256"] == hashlib.sha256(content).hexdigest()
    for method in ("GET", "HEAD"):
        status, headers, body = site.request(method, f"/files/{file['id']}")
        assert status == 200 and body == (content if method == "GET" else b"")
        assert headers["Content-Length"] == str(len(content))
        assert headers["Content-Type"].startswith("text/plain")
        assert headers["Content-Disposition"].startswith("attachment; ")
        assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
        [policy] = headers.get_all("Content-Security-Policy")
        assert policy.startswith("sandbox; default-src 'none'")
        assert headers["Cache-Control"] == "private, no-cache"
        assert "X-Accel-Redirect" not in headers
    assert site.get(f"/files/{file['id']}", Range="bytes=2-9")[2] == content[2:10]
    for guess in (f"/-/files/{file['id']}", "/-/files/", "/files/../parley.sqlite", "/files/%2e%2e%2fparley.sqlite"):
        assert site.get(guess)[0] in (400, 404), guess
    status, _, _ = site.request("POST", f"{path}/delete", b"{}", Content_Type="application/json", Idempotency_Key="d")
    assert site.get(f"/files/{file['id']}")[0] == 404


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("../../etc/passwd", "passwd"), ("a\0b.txt", None), ("x" * 300 + ".txt", "x" * 99 + "…" + "x" * 16 + ".txt"),
     ("👩‍🚀🚀.txt", "👩‍🚀🚀.txt"), ("a‮txt.exe", "atxt.exe"), ("C:\\temp\\b.txt", "b.txt")],
)
def test_a_name_is_shown_and_never_a_path(site: LocalRun, sent: str, shown: str | None) -> None:
    status, answer = send(site, "/discussions", [("topic", None, b"Why?"), ("files", sent, b"words")])
    if shown is None:
        # No browser can send it.
        assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
        return
    [file] = site.discussion(f"/discussions/{answer['ack']['discussionId']}")["files"]
    assert file["name"] == shown
    assert all(re.fullmatch("[0-9a-hjkmnp-tv-z]{26}", p.name) for p in stored(site, "files"))


def test_the_site_itself_says_what_is_too_large(site: LocalRun) -> None:
    path = start(site)
    waits(site, path)
    before = stored(site, "files")
    status, answer = send(site, f"{path}/files", [("files", "big.txt", b"a" * (10 * MB + 1))])
    assert (status, answer["error"]["code"]) == (413, "INVALID_FILE_SIZE")
    assert [f["name"] for f in answer["error"]["files"]] == ["big.txt"]
    three = [("files", f"{n}.txt", b"a" * (9 * MB)) for n in "abc"]
    status, answer = send(site, f"{path}/files", three)
    assert (status, answer["error"]["code"]) == (413, "INVALID_FILE_SIZE")
    assert "25 MB" in answer["error"]["message"]
    assert stored(site, "files") == before
    eventually(lambda: stored(site, "tmp") == [])


def test_far_too_large_a_file_gets_the_sites_own_answer_and_keeps_what_was_typed(site: LocalRun) -> None:
    big = b"a" * (40 * MB)
    status, answer = send(site, "/discussions", [("topic", None, b"Why?"), ("files", "big.txt", big)])
    assert (status, answer["error"]["code"]) == (413, "INVALID_FILE_SIZE")
    status, _, page = site.request(
        "POST", "/discussions", multipart([("topic", None, b"Why forty-two?"), ("files", "big.txt", big)]),
        Accept="text/html", Content_Type=f"multipart/form-data; boundary={BOUNDARY}", Idempotency_Key="forty",
    )
    assert status == 413 and "Why forty-two?" in page.decode() and "25 MB" in page.decode()
    eventually(lambda: stored(site, "tmp") == [])


def test_an_upload_that_breaks_off_is_no_fault_of_the_site(site: LocalRun) -> None:
    head = (
        f"POST /discussions HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: gone\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {4 * MB}\r\n\r\n"
    )
    body = multipart([("files", "a.txt", b"x" * (4 * MB))])[: 2 * MB]
    with socket.create_connection(("127.0.0.1", site.http_port)) as client:
        client.sendall(head.encode() + body)
        eventually(lambda: stored(site, "tmp"), what="a file that arrives")
    eventually(lambda: not stored(site, "tmp"), what="its end")
    assert site.get("/health")[0] == 200
    assert "a request failed" not in (site.var / "log/parley.log").read_text()


# It waits for a minute.
if "PARLEY_LONG_TESTS" in os.environ:

    def test_nginx_waits_for_files_as_long_as_clients_do(site: LocalRun) -> None:
        # More than nginx reads with the head, which it could send again, and no more than a socket holds.
        body = multipart([("topic", None, b"Why so slow?"), ("files", "a.txt", b"words " * 10_000)])
        head = (
            f"POST /discussions HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nIdempotency-Key: slow\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        pid = site.part("parley serve")
        with socket.create_connection(("127.0.0.1", site.http_port)) as client:
            os.kill(pid, signal.SIGSTOP)
            try:
                client.sendall(head.encode() + body)
                client.settimeout(65)
                with pytest.raises(TimeoutError):
                    client.recv(1)
            finally:
                os.kill(pid, signal.SIGCONT)
            client.settimeout(30)
            assert client.recv(12) == b"HTTP/1.1 201"


def memory(pid: int, field: str) -> int:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) << 10


def test_a_request_of_25_mb_costs_the_responder_less_than_8_mb(site: LocalRun) -> None:
    path = start(site, ("warm.txt", b"a" * MB))
    waits(site, path)
    pid = site.part("parley serve")
    body = [("files", f"{n}.txt", bytes(random.Random(n).choices(b"abcdef \n", k=8 * MB))) for n in range(3)]
    # Once before: what the allocator keeps is not counted again.
    assert send(site, f"{path}/files", [(n, f, c[: 2 * MB]) for n, f, c in body])[0] == 200
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = memory(pid, "VmRSS")
    assert send(site, f"{path}/files", body)[0] == 200
    assert memory(pid, "VmHWM") - before < 8 * MB


def pdf(stream: bytes, filters: str, pages: int = 1) -> bytes:
    kids = " ".join("3 0 R" for _ in range(pages))
    return (
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        + f"2 0 obj\n<< /Type /Pages /Count {pages} /Kids [{kids}] >>\nendobj\n".encode()
        + b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 999 999] /Contents 4 0 R /Resources "
        b"<< /Font << /F 5 0 R >> >> >>\nendobj\n"
        + f"4 0 obj\n<< /Length {len(stream)} /Filter [{filters}] >>\nstream\n".encode()
        + stream + b"\nendstream\nendobj\n5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n"
        b"trailer\n<< /Root 1 0 R /Size 6 >>\n%%EOF\n"
    )


def bombs() -> dict[str, bytes]:
    text = b"BT /F 1 Tf (bomb bomb bomb) Tj ET\n"
    inflated = zlib.compress(zlib.compress(text * 3_000_000, 9), 9)
    return {
        "inflates.pdf": pdf(inflated, "/FlateDecode /FlateDecode"),
        "pages.pdf": pdf(zlib.compress(text * 20_000, 9), "/FlateDecode", pages=20_000),
        "nested.pdf": b"%PDF-1.4\n1 0 obj\n" + b"[" * 500_000,
        "claims.pdf": pdf(b"", "", pages=1).replace(b"/Count 1", b"/Count 2000000000"),
    }


def test_pdf_bombs_are_answered_within_bounds_and_the_site_goes_on(site: LocalRun) -> None:
    path = start(site)
    waits(site, path)
    pid = site.part("parley serve")
    before = memory(pid, "VmRSS")
    for name, content in bombs().items():
        began = time.monotonic()
        status, answer = send(site, f"{path}/files", [("files", name, content)])
        assert status == 200, answer
        assert time.monotonic() - began < 60, name
    assert memory(pid, "VmRSS") - before < 64 * MB
    files = site.discussion(path)["files"]
    assert [f["name"] for f in files] == list(bombs())
    assert all(f["kept"] <= 24_000 for f in files)
    assert not [command for command in site.family().values() if "pdfto" in command or "pdfinfo" in command]


def slow_page(pages: int, slow: int) -> bytes:
    """A PDF of which one page draws for longer than anybody waits; 8 MB of drawing, 60 times over, in a few KB."""
    packer, drawing = zlib.compressobj(1), b"0 0 m 1 1 l " * (8 * MB // 12)
    bomb = zlib.compress(b"".join(packer.compress(drawing) for _ in range(60)) + packer.flush(), 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(pages))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(1, pages + 1):
        text = zlib.compress(zlib.compress(b"BT /F 12 Tf 50 700 Td (This is page %d.) Tj ET" % page))
        content = bomb if page == slow else text
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F 3 0 R >> >> >>" % (3 + 2 * page)
        )
        objects.append(
            b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n" % len(content) + content + b"\nendstream"
        )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % numbered for numbered in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer\n<< /Root 1 0 R /Size %d >>\n%%%%EOF\n" % (len(objects) + 1)


def test_a_slow_page_costs_its_own_words_and_no_others(site: LocalRun, provider: ScriptedProvider) -> None:
    path = start(site, ("slow.pdf", slow_page(12, slow=5)))
    [file] = waits(site, path)["files"]
    assert (file["pages"], file["pagesRead"], file["reading"]) == (12, 11, "part")
    prompt = provider.requests[-2]["messages"][-1]["content"]
    assert [n for n in range(1, 13) if f"This is page {n}." in prompt] == [n for n in range(1, 13) if n != 5]
    assert "some pages could not be read" in prompt
    assert "Some pages could not be read." in site.get(path)[2].decode()


def test_models_are_given_the_words_of_files(site: LocalRun, provider: ScriptedProvider) -> None:
    word = f"w{random.getrandbits(60):x}"
    words = zlib.compress(f"BT /F 12 Tf 9 9 Td ({word}) Tj ET".encode())
    path = start(site, ("a.pdf", pdf(words, "/FlateDecode")), ("b.csv", b"column,of-numbers\n1,2\n"))
    discussion = waits(site, path)
    assert [f["pages"] for f in discussion["files"]] == [1, None]
    mine = [r for r in provider.requests if word in r["messages"][-1]["content"]]
    assert len(mine) == 3 and all("column,of-numbers" in r["messages"][-1]["content"] for r in mine)
    page = site.get(path)[2].decode()
    assert "a.pdf</a>" in page and "not scanned: scanning is switched off" in page and "The models saw all of it" in page


def test_a_crash_while_files_arrive_leaves_no_half_file_and_nothing_temporary(run: LocalRun) -> None:
    run.environment["ENABLE_VIRUS_SCAN"] = "false"
    run.started()
    path = start(run, ("kept.txt", b"kept"))
    waits(run, path)
    rounds = 20 if os.environ.get("PARLEY_LONG_TESTS") else 4
    body = multipart([("files", f"{n}.txt", b"x" * (4 * MB)) for n in range(3)])
    head = (
        f"POST {path}/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n"
    )
    for number in range(rounds):
        pid = run.part("parley serve")
        with socket.create_connection(("127.0.0.1", run.http_port)) as client:
            client.sendall(f"{head}Idempotency-Key: crash-{number}\r\n\r\n".encode() + body[: MB * (3 * number % 11 + 1)])
            eventually(lambda: stored(run, "tmp"), what="a file that arrives")
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: run.part("parley serve") not in (None, pid) and run.healthy(), 60)
        eventually(lambda: stored(run, "tmp") == [])
        assert [f["name"] for f in run.discussion(path)["files"]] == ["kept.txt"]
        assert len(stored(run, "files")) == 1
    # The same command arrives whole now, and is carried out.
    status, answer = send(run, f"{path}/files", [("files", "after.txt", b"after")], command="crash-0")
    assert status == 200 and answer["ack"]["replayed"] is False


def test_a_crash_after_the_whole_body_loses_no_file_that_is_listed(run: LocalRun) -> None:
    run.environment["ENABLE_VIRUS_SCAN"] = "false"
    run.started()
    path = start(run, ("first.txt", b"first"))
    waits(run, path)
    rounds = 20 if os.environ.get("PARLEY_LONG_TESTS") else 4
    contents = {"first.txt": b"first"}
    for number in range(rounds):
        name, content = f"{number}.txt", f"{number} ".encode() * MB
        contents[name] = content
        body = multipart([("files", name, content)])
        head = (
            f"POST {path}/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n"
            f"Idempotency-Key: whole-{number}\r\n\r\n"
        )
        pid, before = run.part("parley serve"), len(stored(run, "files"))
        with socket.create_connection(("127.0.0.1", run.http_port)) as client:
            client.sendall(head.encode() + body)
            # Once the body has left, and once its file is in its place: before its row is written, or just after.
            if number % 2:
                eventually(lambda: len(stored(run, "files")) > before, what="the file in its place")
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: run.part("parley serve") not in (None, pid) and run.healthy(), 60)
        eventually(lambda: stored(run, "tmp") == [])
        # The client had no answer, so it sends the same again.
        status, answer = send(run, f"{path}/files", [("files", name, content)], command=f"whole-{number}")
        assert status == 200, answer
        files = run.discussion(path)["files"]
        assert [f["name"] for f in files] == list(contents)
        for file in files:
            assert run.get(f"/files/{file['id']}")[2] == contents[file["name"]], file["name"]


def test_a_crash_after_the_answer_loses_nothing(run: LocalRun) -> None:
    run.environment["ENABLE_VIRUS_SCAN"] = "false"
    run.started()
    path = start(run, ("a.txt", b"words"))
    os.kill(run.part("parley serve"), signal.SIGKILL)
    eventually(run.healthy)
    [file] = run.discussion(path)["files"]
    assert run.get(f"/files/{file['id']}")[2] == b"words"


def test_the_same_upload_ten_times_at_once_is_one(site: LocalRun) -> None:
    path = start(site)
    waits(site, path)
    before = set(stored(site, "files"))
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda _: send(site, f"{path}/files", [("files", "a.txt", b"a" * MB)], command="ten"), range(10))
        )
    assert {status for status, _ in answers} == {200}
    assert sorted(answer["ack"]["replayed"] for _, answer in answers) == [False] + [True] * 9
    [file] = site.discussion(path)["files"]
    assert [p.name for p in set(stored(site, "files")) - before] == [file["id"]]
    eventually(lambda: stored(site, "tmp") == [])
