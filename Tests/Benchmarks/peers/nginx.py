"""nginx in front of the peers, set up as Parley's own is: two workers, a buffered access log, kept connections."""

import os
import resource
import socket

from local_run import free_port
from peers.processes import Peer

CONFIGURATION = """
{modules}
{user}
daemon off; pid {place}/pid; error_log {place}/error.log crit;
worker_processes 2; worker_rlimit_nofile {files};
events {{ worker_connections {connections}; }}
http {{
    include /etc/nginx/mime.types;
    default_type text/html;
    charset utf-8;
    sendfile on; tcp_nopush on;
    gzip on; gzip_vary on; gzip_comp_level 5;
    access_log {place}/access.log combined buffer=64k flush=1s;
    client_body_temp_path {place}/body; fastcgi_temp_path {place}/f; proxy_temp_path {place}/p;
    uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
    fastcgi_buffer_size 16k; fastcgi_buffers 16 16k;
    {http}
    server {{
        listen 127.0.0.1:{port};
        location = /nothing {{ default_type text/plain; return 200 "Hello, world!\\n"; }}
        location /static/ {{ alias {place}/static/; }}
        {locations}
    }}
}}
"""


class PeerNginx(Peer):
    def __init__(self, locations: str = "", http: str = "", modules: str = "") -> None:
        super().__init__("nginx")
        self.port = free_port()
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        files = 65536 if files == resource.RLIM_INFINITY else min(files, 65536)
        (self.place / "static").mkdir()
        (self.place / "nginx.conf").write_text(CONFIGURATION.format(
            modules=modules, user="user root;" if os.geteuid() == 0 else "", place=self.place, files=files,
            connections=files - 64, http=http, port=self.port, locations=locations,
        ))
        command = ["nginx", "-p", self.place, "-c", self.place / "nginx.conf", "-e", self.place / "error.log"]
        self.start(command, self.answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False


def fastcgi(name: str, match: str, socket_path: object, kept: bool, **parameters: object) -> tuple[str, str]:
    """An upstream for http{} and a location that passes to it."""
    upstream = f"upstream {name} {{ server unix:{socket_path}; {'keepalive 64;' if kept else ''} }}"
    given = " ".join(f'fastcgi_param {key} "{value}";' for key, value in parameters.items())
    location = (
        f"location {match} {{ include /etc/nginx/fastcgi_params; {given} fastcgi_pass {name};"
        f" {'fastcgi_keep_conn on;' if kept else ''} }}"
    )
    return upstream, location
