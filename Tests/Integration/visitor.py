"""Somebody who signs in by the pages' forms, and the command line beside the site."""

import http.cookies
import re
import subprocess
import urllib.parse

from local_run import BINARY, LocalRun

PASSWORD = "correct horse battery"


class Visitor:
    """A browser's cookies and forms, no more."""

    def __init__(self, run: LocalRun) -> None:
        self.run, self.cookie = run, ""

    def get(self, path: str, **headers: str) -> tuple[int, dict, bytes]:
        return self.run.request("GET", path, Cookie=self.cookie, **headers)

    def post(self, path: str, **fields: str) -> tuple[int, dict, bytes]:
        status, headers, body = self.run.request(
            "POST", path, urllib.parse.urlencode(fields).encode(), Cookie=self.cookie,
            Content_Type="application/x-www-form-urlencoded",
        )
        for line in headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if name == "parley_session":
                    self.cookie = f"{name}={morsel.value}"
        return status, headers, body

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> int:
        return self.post("/signin", name=name, password=password, **more)[0]

    def token(self, path: str = "/") -> str:
        return re.search(rb'name="form_token" value="([0-9a-f]+)"', self.get(path)[2])[1].decode()


def parley(run: LocalRun, *arguments: str, give: str = "", **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BINARY, *arguments], env=run.environment | more, cwd=run.var, input=give, capture_output=True, text=True,
        timeout=60,
    )
