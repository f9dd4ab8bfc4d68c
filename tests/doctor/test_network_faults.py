"""What is wrong between here and the server: each is told by the first line that fails, and by the exit code."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme

from coinapi_idx_cli.simulator import Simulator
from tests.certificates import server_context, tls_simulator
from tests.doctor.examined import BTC, KEY, NOBODY, STEPS, Examined, case, command, doctor, examine, first_bad, steps_of
from tests.transport.servers import answering, black_hole, proxying, read_request, serving


def test_all_is_well(authority: trustme.CA, ca_file: Path) -> None:
    context = server_context(authority, "localhost")
    with Simulator(api_key=KEY, ssl_context=context) as sim:
        done = examine(sim, BTC, "--api-key", KEY, "--ca-file", str(ca_file))
    assert (done.code, done.good) == (0, STEPS)
    assert all(line["hint"] is None and line["seconds"] >= 0 for line in done.lines)
    assert done["settings"]["detail"] == f"{sim.url} (--url); key of 36 characters (--api-key), sent by header"
    assert "127.0.0.1" in done["names"]["detail"]
    assert f"127.0.0.1:{sim.port} in " in done["tcp"]["detail"]
    for words in ("TLSv1.", "certificate of localhost by trustme", "days left", f"--ca-file {ca_file}"):
        assert words in done["tls"]["detail"]
    assert done["upgrade"]["detail"].startswith("HTTP 101, Server: ")
    assert f"{BTC} " in done["first value"]["detail"]
    assert "latency" in done["first value"]["detail"]
    assert done["list"]["detail"].endswith(f"{BTC} among them")


def test_the_demo_needs_nothing() -> None:
    done = Examined(command("--demo", BTC))
    assert done.code == 0
    assert [line["ok"] for line in done.lines].count(False) == 0
    assert "a simulator in this process" in done["settings"]["detail"]


def test_a_name_that_does_not_resolve() -> None:
    done = doctor("wss://no-such-host.invalid", "https://no-such-host.invalid", "--api-key", KEY)
    assert done.code == 5
    assert done.first_bad["step"] == "names"
    assert done.first_bad["detail"] == "the name of no-such-host.invalid:443 does not resolve"
    assert "--url" in done.first_bad["hint"]
    assert done["tcp"] == {"step": "tcp", "ok": None, "seconds": None, "detail": "waits for: names", "hint": None}
    assert done["list"]["ok"] is False


def test_a_name_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    forever, real = threading.Event(), socket.getaddrinfo

    def slow(host: str, *rest: Any, **more: Any) -> Any:
        return forever.wait() if host == "slow.example" else real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    steps = steps_of(case("ws://slow.example", NOBODY, timeout_s=0.1))
    forever.set()
    assert steps["names"].detail == "the name slow.example did not resolve within 0.1 s"
    assert (steps["names"].code, steps["tcp"].ok) == (5, None)


def test_a_closed_port() -> None:
    line = first_bad("ws://127.0.0.1:1", 5)
    assert line["step"] == "tcp"
    assert line["detail"] == "cannot connect to 127.0.0.1:1: Connection refused"
    assert "port" in line["hint"]


def test_one_of_two_addresses_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def two(host: str, port: int, *rest: int, **more: int) -> list[object]:
        found = real("127.0.0.1", port, *rest, **more)
        return [*found, *real("127.0.0.1", 1, *rest, **more)] if host == "two.localhost" else list(found)

    with Simulator() as sim:
        monkeypatch.setattr(socket, "getaddrinfo", two)
        step = steps_of(case(f"ws://two.localhost:{sim.port}", sim.rest_url))["tcp"]
    assert (step.ok, step.is_warning) == (True, True)
    assert "Connection refused" in step.detail
    assert "some addresses do not answer" in step.hint


@pytest.mark.parametrize(("scheme", "step"), [("ws", "upgrade"), ("wss", "tls")])
def test_a_black_hole(scheme: str, step: str) -> None:
    with black_hole() as port:
        line = first_bad(f"{scheme}://127.0.0.1:{port}", 5, "--connect-timeout", "300ms")
    assert (line["step"], line["detail"]) == (step, f"127.0.0.1:{port} did not answer within 0.3 s")
    assert "anything in between" in line["hint"]
    assert 0.3 <= line["seconds"] < 30


@pytest.mark.parametrize(
    ("name", "days_left", "trusted", "words"),
    [
        ("localhost", -1.0, True, "certificate has expired"),
        ("other.example", None, True, "not valid for 'localhost'"),
        ("localhost", None, False, "unable to get local issuer certificate"),
    ],
)
def test_a_certificate_that_does_not_verify(
    name: str, days_left: float | None, trusted: bool, words: str, authority: trustme.CA, ca_file: Path
) -> None:
    with tls_simulator(authority, name, days_left=days_left) as sim:
        line = first_bad(sim.url, 4, *(["--ca-file", str(ca_file)] if trusted else []))
    assert line["step"] == "tls"
    assert words in line["detail"]
    assert "--ca-file" in line["hint"]


def test_a_certificate_that_ends_soon(authority: trustme.CA, ca_file: Path) -> None:
    with tls_simulator(authority, "localhost", days_left=5.1) as sim:
        done = examine(sim, "--ca-file", str(ca_file))
    assert (done.code, done["tls"]["ok"]) == (0, True)
    assert "5 days left" in done["tls"]["detail"]
    assert "expires soon" in done["tls"]["hint"]


def test_tls_asked_of_a_server_that_speaks_none() -> None:
    def answer_anything(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(answer_anything) as port:
        line = first_bad(f"wss://127.0.0.1:{port}", 4)
    assert (line["step"], line["detail"]) == ("tls", f"127.0.0.1:{port} does not speak TLS")
    with Simulator() as sim:  # hangs up
        hung_up = first_bad(f"wss://127.0.0.1:{sim.port}", 5)
    for told in (line, hung_up):
        assert told["step"] == "tls"
        assert "ws:// instead of wss://" in told["hint"]


@pytest.mark.parametrize(
    ("answer", "code", "words", "hint"),
    [
        (b"200 OK\r\nContent-Length: 3\r\n\r\nhi!", 4, "did not give the WebSocket (HTTP 200 OK: hi!)", "--url"),
        (b"404 Not Found\r\nContent-Length: 0\r\n\r\n", 4, "(HTTP 404 Not Found)", "--url"),
        (
            b"302 Found\r\nLocation: https://me:secret@else.example/in?token=secret\r\nContent-Length: 0\r\n\r\n",
            4,
            "redirects elsewhere (HTTP 302 Found), to https://else.example/in",
            "never followed",
        ),
        (b"301 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n", 4, "/new", "never followed"),
        (b"429 Busy\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", 5, "HTTP 429", "wait for 17 s, as it asks"),
        (b"503 Out\r\nContent-Length: 0\r\n\r\n", 5, "cannot serve now (HTTP 503 Out)", "try again"),
        (b"101 Go on\r\nUpgrade: websocket\r\n\r\n", 4, "does not speak WebSocket", "--url"),
    ],
)
def test_a_server_that_is_none_of_the_feed(answer: bytes, code: int, words: str, hint: str) -> None:
    with answering(b"HTTP/1.1 " + answer) as port:
        line = first_bad(f"ws://127.0.0.1:{port}", code)
    assert line["step"] == "upgrade"
    assert words in line["detail"]
    assert hint in line["hint"]
    assert "secret" not in str(line)


def test_a_server_that_never_ends_its_answer() -> None:
    def trickle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not over.wait(0.01):
            connection.sendall(b"x")

    over = threading.Event()
    with serving(trickle) as port:
        line = first_bad(f"ws://127.0.0.1:{port}", 5, "--connect-timeout", "500ms")
        over.set()
    assert (line["step"], line["detail"]) == ("upgrade", f"127.0.0.1:{port} did not answer within 0.5 s")


def through_proxy(port: int) -> dict[str, str]:
    proxy = f"http://me:p4ssw0rd@127.0.0.1:{port}"
    return {"http_proxy": proxy, "https_proxy": proxy}


def test_a_proxy_on_the_way_and_its_password(authority: trustme.CA, ca_file: Path) -> None:
    requests: list[bytes] = []
    with (
        Simulator(ssl_context=server_context(authority, "0.0.0.0", "localhost")) as sim,
        proxying(requests) as port,
    ):
        arguments = [BTC, "--ca-file", str(ca_file), "--api-key", KEY]
        done = doctor(f"wss://0.0.0.0:{sim.port}", sim.rest_url, *arguments, env=through_proxy(port))
    assert (done.code, done.good) == (0, STEPS)
    assert f"the proxy on the way to 0.0.0.0:{sim.port}" in done["names"]["detail"]
    assert f"127.0.0.1:{port} in " in done["tcp"]["detail"]
    assert "certificate of 0.0.0.0" in done["tls"]["detail"]
    assert "p4ssw0rd" not in str(done.lines)
    assert all(b"Proxy-Authorization: Basic " in request for request in requests)


def test_a_proxy_that_refuses() -> None:
    with proxying([], "407 Proxy Authentication Required") as port:
        line = first_bad("wss://a.example", 4, "--api-key", KEY, env=through_proxy(port))
    assert (line["step"], line["detail"]) == ("tls", "the proxy refused the connection (HTTP 407)")
    assert "https_proxy" in line["hint"]


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 502 Bad\r\n\r\n"])
def test_a_proxy_that_fails_is_what_to_look_at(answer: bytes, scheme: str) -> None:
    with answering(answer) as port:
        arguments = ["--api-key", KEY, "--allow-plaintext"]
        line = first_bad(f"{scheme}://a.example", 5, *arguments, env=through_proxy(port))
    assert "through the proxy" in line["detail"]
    assert line["hint"] == "check https_proxy and no_proxy"


def test_a_proxy_that_is_not_there_or_is_no_url() -> None:
    line = first_bad("wss://a.example", 5, "--api-key", KEY, env=through_proxy(1))
    assert (line["step"], line["detail"]) == (
        "tcp",
        "cannot connect to the proxy 127.0.0.1:1: Connection refused",
    )
    assert "https_proxy" in line["hint"]
    line = first_bad("wss://a.example", 2, "--api-key", KEY, env={"https_proxy": "http://me:p4ss/w0rd@127.0.0.1:1"})
    told = "the https_proxy of the environment is not a valid URL: it holds '@', which has to be percent-encoded"
    assert (line["step"], line["detail"]) == ("names", told)
