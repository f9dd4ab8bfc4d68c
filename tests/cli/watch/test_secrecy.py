"""The key is in nothing that comes out: every failing path at -vv, with servers that echo it in all they say."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import Running
from tests.transport.servers import answering, black_hole, proxying

KEY = "Zq7+K/v9=Xw3~TtR5-uY1_oP8"
FORMS = (KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode().rstrip("="), KEY[3:-3])
ECHO = f"{KEY} {quote(KEY, safe='')} {base64.b64encode(KEY.encode()).decode()}"
WITH_KEY = {"COINAPI_KEY": KEY}
VALUE = {"type": "index", "index_id": f"IDX_{KEY}", "time_coinapi": "2017-03-18T22:42:21.0000000Z", "value": 1.5}

# Yields the URL, then does what the server does, and lives until it is closed.
Scene = Callable[[], Generator[str, None, None]]


def status(code: int, body: str = f"no: {ECHO}", **headers: str) -> Scene:
    def scene() -> Generator[str, None, None]:
        with Simulator() as sim:
            sim.answer_upgrades_with(code, {"X-Echo": KEY, **headers}, body)
            yield sim.url
            yield ""

    return scene


def messages(*texts: str) -> Scene:
    def scene() -> Generator[str, None, None]:
        with Simulator(rate=0) as sim:
            yield sim.url
            peer = sim.wait_for_peer()
            for text in texts:
                peer.send_text(text)
            peer.close(1011, KEY)
            yield ""

    return scene


def raw(answer: bytes) -> Scene:
    def scene() -> Generator[str, None, None]:
        with answering(answer) as port:
            yield f"ws://127.0.0.1:{port}"
            yield ""

    return scene


def never_answers() -> Generator[str, None, None]:
    with black_hole() as port:
        yield f"ws://127.0.0.1:{port}"
        yield ""


def no_such_name() -> Generator[str, None, None]:
    yield "wss://no-such-host.invalid"


def plain_to_elsewhere() -> Generator[str, None, None]:
    yield "ws://a.example"


def in_the_url() -> Generator[str, None, None]:
    yield f"wss://a.example/?apikey={quote(KEY)}"


SCENES: dict[str, Scene] = {
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "key at the cut": status(403, body="x" * 190 + KEY),
    "malformed with the key at the cut": messages("x" * 1010 + KEY),
    "503": status(503),
    "redirect": status(302, Location=f"wss://a.example/?apikey={quote(KEY)}"),
    "no http": raw(f"{ECHO}\r\n".encode()),
    "bad header": raw(f"HTTP/1.1 101 Go on\r\n{KEY}\r\n\r\n".encode()),
    "no answer": never_answers,
    "no name": no_such_name,
    "plain": plain_to_elsewhere,
    "key in url": in_the_url,
    "error": messages(json.dumps({"type": "error", "message": f"Bad key {ECHO}"})),
    "malformed": messages(ECHO, json.dumps({**VALUE, "value": KEY})),
    "value": messages(json.dumps(VALUE), json.dumps({**VALUE, "index_id": "IDX_A", "more": ECHO})),
    "unknown type": messages(json.dumps({"type": KEY})),
    "notice": messages(json.dumps({"type": "reconnect", "within_seconds": 0, "before_time": KEY})),
}


NOTHING_ECHOED = {"no answer", "no name", "no http", "plain", "key in url", "bad header", "redirect"}


@pytest.mark.parametrize("auth", ["header", "query", "hello"])
@pytest.mark.parametrize("name", SCENES)
def test_no_path_lets_the_key_out(name: str, auth: str, tmp_path: Path) -> None:
    log = tmp_path / "events"
    arguments = ["--auth", auth, "--event-log", str(log), "-vv", "--stats", "50ms", "--include", "reconnect"]
    ending = ["--give-up-after", "300ms", "--connect-timeout", "200ms", "-d", "2s", "--reconnect", "never"]
    scene = SCENES[name]()
    with closing(scene), Running("watch", "--all", "--url", next(scene), *arguments, *ending, env=WITH_KEY) as running:
        next(scene, None)  # what the server does once we are there
        running.wait()
        logged = log.read_text() if log.exists() else ""
        everything = running.out.text + running.err.text + logged
        assert ("***" in everything) == (name not in NOTHING_ECHOED), everything
        for form in FORMS:
            assert form not in everything, everything


def test_the_key_goes_where_it_was_told_to_and_nowhere_else() -> None:
    for auth in ("header", "query", "hello"):
        with (
            Simulator(rate=0) as sim,
            Running("watch", "--all", "--url", sim.url, "--auth", auth, env={"COINAPI_KEY": KEY}),
        ):
            peer = sim.wait_for_peer()
            places = {
                "header": peer.headers.get("X-CoinAPI-Key") == KEY,
                "query": quote(KEY, safe="") in peer.path,
                "hello": json.loads(peer.received[0]).get("apikey") == KEY,
            }
            assert [place for place, is_there in places.items() if is_there] == [auth]


def test_a_proxy_password_is_hidden_too(tmp_path: Path) -> None:
    log = tmp_path / "events"
    with proxying([], "502 Bad Gateway") as port:
        env = {"http_proxy": f"http://me:{quote(KEY, safe='')}@127.0.0.1:{port}", "COINAPI_KEY": "another-key"}
        arguments = ["--allow-plaintext", "-vv", "--give-up-after", "200ms", "--event-log", str(log)]
        with Running("watch", "--all", "--url", "ws://0.0.0.0:1", *arguments, env=env) as running:
            assert running.wait() == 5
            assert KEY not in running.err.text + log.read_text()


def test_a_proxy_that_is_no_url_is_not_shown(tmp_path: Path) -> None:
    env = {"http_proxy": f"http://me:{KEY}@127.0.0.1", "COINAPI_KEY": "another-key"}
    with Running("watch", "--all", "--url", "ws://0.0.0.0:1", "--allow-plaintext", "-vv", env=env) as running:
        assert running.wait() == 2
        assert "http_proxy" in running.err.text
        assert KEY[:5] not in running.err.text
