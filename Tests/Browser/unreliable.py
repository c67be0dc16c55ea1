"""An HTTP proxy of the tests' own, which loses answers, stays silent and cuts connections when it is told to."""

import http.client
import http.server
import socket
import threading

PASS, LOSE, SILENCE, CUT = "pass", "lose the answer", "say nothing", "cut before it arrives"


class Unreliable:
    """Stands in front of a site on a port of its own."""

    def __init__(self, port: int) -> None:
        self.fates: list[str | tuple[int, dict[str, str], str]] = []
        """What happens to the next POSTs, or what they are answered with; those after them pass."""
        self.posts: list[tuple[str, str, bytes]] = []
        """Path, command id and body of each POST that came."""
        self.polls: list[str] = []
        self.is_cut = False
        self.latency = 0.0
        """Seconds until a GET arrives."""
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()
        self.ending = threading.Event()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments: object) -> None:
                pass

            def setup(self) -> None:
                super().setup()
                with proxy.lock:
                    proxy.open.add(self.connection)

            def finish(self) -> None:
                with proxy.lock:
                    proxy.open.discard(self.connection)
                super().finish()

            def do_GET(self) -> None:
                if "/events?" in self.path:
                    proxy.polls.append(self.path)
                proxy.ending.wait(proxy.latency)
                self.pass_on(None, PASS)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proxy.posts.append((self.path, self.headers["Idempotency-Key"], body))
                with proxy.lock:
                    fate = proxy.fates.pop(0) if proxy.fates else PASS
                self.pass_on(body, fate)

            def pass_on(self, body: bytes | None, fate: str | tuple[int, dict[str, str], str]) -> None:
                self.close_connection = fate != PASS
                if proxy.is_cut:
                    self.close_connection = True
                    return
                if fate == CUT:
                    return self.break_off()
                if isinstance(fate, tuple):
                    return self.say(*fate)
                if fate == SILENCE:
                    proxy.ending.wait(30)
                    return
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("connection", "accept-encoding")}
                upstream.request(self.command, self.path, body, headers)
                answer = upstream.getresponse()
                if fate == LOSE:
                    answer.read()
                    return self.break_off()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(name, value)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                while piece := answer.read1(65536):
                    self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                    self.wfile.flush()
                self.wfile.write(b"0\r\n\r\n")
                upstream.close()

            def say(self, status: int, headers: dict[str, str], text: str) -> None:
                self.send_response_only(status)
                for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def break_off(self) -> None:
                """Half an answer: with none at all Chromium itself sends the request once more."""
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: object, client_address: object) -> None:
                """A browser that leaves in mid-answer is its own affair."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def cut(self) -> None:
        """Ends every connection and lets no new one come through."""
        self.is_cut = True
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # It has just ended by itself.

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()
