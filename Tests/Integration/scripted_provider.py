"""A model server of the tests' own: OpenAI-compatible, on a free loopback port, saying what it is told to."""

import http.server
import json
import threading
from collections.abc import Callable, Iterable

# A piece of an answer: the rest follows once `release` is set.
HOLD = None


def in_two_halves(request: dict) -> Iterable[str | None]:
    return "The beginning ", HOLD, "and the end."


class ScriptedProvider:
    """Answers each request with the pieces that `says` gives for it."""

    def __init__(self) -> None:
        self.says: Callable[[dict], Iterable[str | None]] = in_two_halves
        self.release = threading.Event()
        self.release.set()
        # Answers every request with an error that trying again would not change.
        self.refuses = False
        # What the next requests are answered with instead: status, headers, body.
        self.failures: list[tuple[int, dict[str, str], bytes]] = []
        # The model's name in answers, where it is not the one that was asked for.
        self.model_name = ""
        self.requests: list[dict] = []
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments: object) -> None:
                pass

            def do_GET(self) -> None:
                self.answer_json({"object": "list", "data": [{"id": "scripted-1", "object": "model"}]})

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.requests.append(request)
                self.model = provider.model_name or request["model"]
                if provider.failures:
                    return self.answer(*provider.failures.pop(0))
                if provider.refuses:
                    return self.answer_json({"error": {"message": "No.", "type": "invalid_request_error"}}, 400)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.event({"role": "assistant", "content": None})
                for piece in provider.says(request):
                    if piece is HOLD:
                        provider.release.wait(60)
                    else:
                        self.event({"content": piece})
                self.event({}, finish="stop")
                self.send(b"data: [DONE]\n\n")
                self.wfile.write(b"0\r\n\r\n")

            def event(self, delta: dict, finish: str | None = None) -> None:
                choice = {"index": 0, "delta": delta, "finish_reason": finish}
                chunk = {"object": "chat.completion.chunk", "model": self.model, "choices": [choice]}
                self.send(b"data: " + json.dumps(chunk).encode() + b"\n\n")

            def send(self, text: bytes) -> None:
                self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
                self.wfile.flush()

            def answer_json(self, value: dict, status: int = 200) -> None:
                self.answer(status, {"Content-Type": "application/json"}, json.dumps(value).encode())

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            # A hundred discussions may begin at once.
            request_queue_size = 256

            def handle_error(self, request: object, client_address: object) -> None:
                """A peer that was killed in mid-answer is what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
