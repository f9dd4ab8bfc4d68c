"""`--report`: all that support needs, and neither the key nor a password in it, whatever servers echo."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from coinapi_idx_cli.net.urls import bare_url
from coinapi_idx_cli.simulator import Faults, Simulator
from tests.doctor.examined import BTC, NOBODY, STEPS, command, doctor, examine, key_file
from tests.doctor.examined import KEY as USUAL_KEY
from tests.transport.servers import answering, proxying

KEY = "Zq7+K/v9=Xw3~TtR5-uY1_oP8"
PASSWORD = "p4ss/w0rd+of=mine"
FORMS = (
    *(KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode().rstrip("="), KEY[3:-3]),
    *(PASSWORD, quote(PASSWORD, safe=""), base64.b64encode(f"me:{PASSWORD}".encode()).decode()),
)
ECHO = f"{KEY} {quote(KEY, safe='')} {base64.b64encode(KEY.encode()).decode()}"


def test_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("an older one")
    path.chmod(0o644)
    with Simulator(api_key=USUAL_KEY) as sim:
        done = examine(sim, BTC, "--api-key-file", str(key_file(tmp_path)), "--report", str(path))
    assert done.code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    for words in (
        "idxstream: 0.",
        "python: CPython 3.",
        f"platform: {os.uname().sysname} ",
        "tls: OpenSSL",
        "websocket-client: 1.",
    ):
        assert f"  {words}" in text
    assert f"  key: 36 characters (--api-key-file {tmp_path}/key)\n" in text
    assert f"  url: {sim.url} (--url)\n" in text
    assert "  index: IDX_REFRATE_PRIMKT_BTC_USD\n" in text
    assert all(f"  {step}: " in text for step in STEPS)
    assert "  server: Python/" in text
    assert USUAL_KEY not in text


def test_it_is_written_when_steps_fail_and_to_what_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    done = doctor("ws://127.0.0.1:1", NOBODY, "--report", str(path), env={"no_proxy": "a.example"})
    assert done.code == 5
    assert "  tcp: FAILED, " in path.read_text()
    assert "  no_proxy: a.example\n" in path.read_text()
    assert sorted(tmp_path.iterdir()) == [path]
    assert doctor("ws://127.0.0.1:1", NOBODY, "--report", "/dev/null").code == 5
    assert Path("/dev/null").is_char_device()


def test_it_goes_down_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    link = tmp_path / "link"
    link.symlink_to(f"/dev/fd/{reader}")  # as /dev/stdout is: to follow all links leads to a name that is none
    pipe.unlink()
    done = command("--demo", "--report", str(link))
    assert (done.code, done.err) == (0, "")
    assert os.read(reader, 65536).startswith(b"idxstream doctor\n")
    os.close(reader)


def test_a_full_disk() -> None:
    done = command("--demo", "--report", "/dev/full")
    assert (done.code, len(done.out.splitlines())) == (6, len(STEPS))
    assert "cannot write the report /dev/full: No space left" in done.err


def test_a_report_that_cannot_be_written_is_told_before_anything_is_tried(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "report", tmp_path, Path("~no-such-user/report")):
        done = command("--demo", "--report", str(path))
        assert (done.code, done.out, len(done.err.splitlines())) == (6, "", 1)
        assert f"cannot write the report {path}: " in done.err


@contextmanager
def refusing(status: int, body: str) -> Iterator[Simulator]:
    with Simulator() as sim:
        headers = {"X-Echo": KEY, "Server": KEY, "Set-Cookie": f"id={KEY}; secret=cookie"}
        sim.answer_upgrades_with(status, {**headers, "Location": f"wss://a.example/?apikey={quote(KEY)}"}, body)
        sim.answer_rest_with(status, headers, body)
        yield sim


@contextmanager
def raising_an_error() -> Iterator[Simulator]:
    with Simulator(faults=Faults(error_text=f"Bad key {ECHO}")) as sim:
        sim.answer_rest_with(200, {}, json.dumps([{"id": f"IDX_{KEY}"}]))
        yield sim


SCENES = {
    "401": lambda: refusing(401, ECHO),
    "403 at the cut": lambda: refusing(403, "x" * 190 + KEY),
    "404": lambda: refusing(404, ECHO),
    "302": lambda: refusing(302, ECHO),
    "429": lambda: refusing(429, ECHO),
    "error": raising_an_error,
}


@pytest.mark.parametrize("auth", ["header", "hello"])
@pytest.mark.parametrize("name", SCENES)
def test_no_server_lets_the_key_out(name: str, auth: str, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    with SCENES[name]() as sim:
        arguments = [f"IDX_{KEY}", "--url", sim.url, "--rest-url", sim.rest_url, "--auth", auth]
        done = command(*arguments, "--report", str(path), "-vv", env={"COINAPI_KEY": KEY})
    assert done.code not in (0, 1)
    everything = done.out + done.err + path.read_text()
    assert "***" in everything
    for form in (*FORMS, "secret=cookie"):
        assert form not in everything, everything


def test_no_server_of_another_kind_does(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    for answer in (f"{ECHO}\r\n", f"HTTP/1.1 101 Go on\r\n{KEY}\r\n\r\n", f"HTTP/1.1 200 {KEY}\r\nX: {KEY}\r\n\r\n"):
        with answering(answer.encode()) as port:
            urls = ["--url", f"ws://127.0.0.1:{port}", "--rest-url", f"http://127.0.0.1:{port}"]
            done = command(*urls, "--report", str(path), "-vv", env={"COINAPI_KEY": KEY})
        assert done.code == 4
        everything = done.out + done.err + path.read_text()
        assert not [form for form in FORMS if form in everything], everything


def test_no_proxy_lets_its_password_out(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    with proxying([], f"502 {PASSWORD}") as port:
        proxy = f"http://me:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"
        env = {"https_proxy": proxy, "HTTP_PROXY": f"http://me:{PASSWORD}@127.0.0.1:1", "COINAPI_KEY": KEY}
        urls = ["--url", "wss://a.example", "--rest-url", "https://rest.example"]
        done = command(*urls, "--report", str(path), "-vv", env=env)
    assert done.code == 5
    everything = done.out + done.err + path.read_text()
    assert f"  https_proxy: http://127.0.0.1:{port}\n" in everything
    assert "  HTTP_PROXY: not a valid URL\n" in everything
    assert not [form for form in FORMS if form in everything], everything


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("wss://a.example/feed?apikey=1", "wss://a.example/feed"),
        ("http://me:secret@proxy:3128", "http://proxy:3128"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("http://me:12/secret@proxy:3128", "not a valid URL"),
        ("http://me:12?secret@proxy", "not a valid URL"),
        ("http://me:se/cret@proxy", "not a valid URL"),
        ("http://me:se@cr/et@proxy", "not a valid URL"),
        ("http://", "not a valid URL"),
    ],
)
def test_a_url_without_what_is_secret_in_it(url: str, shown: str) -> None:
    assert bare_url(url) == shown
