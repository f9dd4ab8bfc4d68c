"""Public servers that nobody here wrote, in front of the simulator's feed and of its list: nginx, HAProxy, tinyproxy.

Each is a child process in the foreground, with all of its files in a temporary folder, and needs no rights.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from tests.harness import GENEROUS_S

PORTS_TRIED = 5  # between looking for a free one and listening on it somebody else may have taken it

Configure = Callable[[Path, int], list[str]]


class Front:
    """A server that listens on `port` of `localhost`. `log`: what it said so far."""

    def __init__(self, command: list[str], port: int, log_file: Path) -> None:
        self.port = port
        self._command = command
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> bool:
        """Whether it listens; it does, or has ended."""
        with self._log_file.open("ab") as log:
            process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._process = process
        until_s = time.monotonic() + GENEROUS_S
        while time.monotonic() < until_s and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.01)
                continue
            return process.poll() is None
        return False

    def stop(self) -> None:
        """At once, with all of its connections."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(GENEROUS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def url(self) -> str:
        """Of the feed behind it."""
        return f"wss://localhost:{self.port}"

    @property
    def rest_url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def log(self) -> str:
        return self._log_file.read_text(errors="replace")


@contextmanager
def nginx(
    folder: Path, authority: trustme.CA, feed_port: int, *, read_timeout: str = "60s", status: int | None = None
) -> Iterator[Front]:
    """TLS, HTTP/1.1 and gzip on the fly before the feed at `feed_port`.

    `read_timeout`: for how long the feed may send nothing (`proxy_read_timeout`, whose default is a minute); then nginx
    cuts the connection. `status`: answer everything with it, by nginx's own page.
    """

    def configure(at: Path, port: int) -> list[str]:
        place = f"return {status};" if status else _NGINX_PROXY.format(feed_port=feed_port, read_timeout=read_timeout)
        certificate = _certificate(at, authority)
        user = "user root;" if os.getuid() == 0 else ""  # its workers would not be let into the folder
        text = _NGINX.format(user=user, at=at, port=port, certificate=certificate, place=place)
        (at / "nginx.conf").write_text(text)
        return [_program("nginx"), "-e", "stderr", "-p", str(at), "-c", str(at / "nginx.conf")]

    with _running(folder, configure) as front:
        yield front


_NGINX = """
daemon off;
{user}
pid {at}/pid;
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {at}/body;
  proxy_temp_path {at}/proxy;
  fastcgi_temp_path {at}/fastcgi;
  uwsgi_temp_path {at}/uwsgi;
  scgi_temp_path {at}/scgi;
  map $http_upgrade $connection_header {{ default upgrade; "" close; }}
  gzip on;
  gzip_types application/json;
  gzip_proxied any;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    location / {{
      {place}
    }}
  }}
}}
"""
_NGINX_PROXY = """
      proxy_pass http://127.0.0.1:{feed_port};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_header;
      proxy_read_timeout {read_timeout};
"""


@contextmanager
def haproxy(folder: Path, authority: trustme.CA, feed_port: int) -> Iterator[Front]:
    """As `nginx`."""

    def configure(at: Path, port: int) -> list[str]:
        text = _HAPROXY.format(port=port, certificate=_certificate(at, authority), feed_port=feed_port)
        (at / "haproxy.cfg").write_text(text)
        return [_program("haproxy"), "-db", "-q", "-f", str(at / "haproxy.cfg")]

    with _running(folder, configure) as front:
        yield front


_HAPROXY = """
global
  maxconn 64
  log stdout format raw local0 err
defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:{port} ssl crt {certificate}
  compression algo gzip
  compression type application/json
  default_backend feed
backend feed
  server feed 127.0.0.1:{feed_port}
"""


@contextmanager
def tinyproxy(folder: Path) -> Iterator[Front]:
    """A forward proxy: CONNECT to any port."""

    def configure(at: Path, port: int) -> list[str]:
        (at / "tinyproxy.conf").write_text(_TINYPROXY.format(port=port))
        return [_program("tinyproxy"), "-d", "-c", str(at / "tinyproxy.conf")]

    with _running(folder, configure) as front:
        yield front


_TINYPROXY = """
Port {port}
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 600
MaxClients 50
LogLevel Connect
"""


@contextmanager
def _running(folder: Path, configure: Configure) -> Iterator[Front]:
    for number in range(PORTS_TRIED):
        at = folder / f"front-{number}"
        at.mkdir()
        port = _free_port()
        front = Front(configure(at, port), port, at / "log")
        try:
            if front.start():
                yield front
                return
        finally:
            front.stop()
    raise AssertionError(f"it does not start: {front.log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _certificate(folder: Path, authority: trustme.CA) -> Path:
    """For `localhost`, with its key, in one file."""
    path = folder / "certificate.pem"
    path.touch(0o600)
    issued = authority.issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


def _program(name: str) -> str:
    """Where it is, also when it is among those of the administrator."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path
