"""The key is in nothing that the list of indexes leaves behind, whatever its server echoes, at -vv."""

from __future__ import annotations

import base64
import json
import os
from urllib.parse import quote

import pytest

from coinapi_idx_cli.catalogue.cache import cache_folder
from tests.catalogue.servers import http, scripted
from tests.harness import run
from tests.transport.servers import proxying

KEY = "Zq7+K/v9=Xw3~TtR5-uY1_oP8"
FORMS = (KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode().rstrip("="), KEY[3:-3], KEY[:5])
ECHO = f"{KEY} {quote(KEY, safe='')} {base64.b64encode(KEY.encode()).decode()}"
LOCATION = {"Location": f"https://a.example/?apikey={quote(KEY)}"}
ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in KEY)

ANSWERS = {
    "401": http(401, ECHO, {"X-Echo": KEY}, KEY),
    "403 at the cut": http(403, "x" * 190 + KEY),
    "404": http(404, ECHO, reason=KEY),
    "redirect": http(302, ECHO, LOCATION, KEY),
    "429": http(429, ECHO, {"Retry-After": "0"}),
    "429 for long": http(429, ECHO, {"Retry-After": "9999"}),
    "429 until when": http(429, ECHO, {"Retry-After": KEY}),
    "503": http(503, ECHO),
    "no http": f"{ECHO}\r\n\r\n".encode(),
    "bad header": f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode(),
    "no json": http(200, ECHO),
    "no list": http(200, json.dumps({KEY: KEY})),
    "no id": http(200, json.dumps([{"id": f"two {ECHO}"}])),
    "long id": http(200, json.dumps([{"id": "x" * 70 + KEY * 9}])),
    "id": http(200, json.dumps([{"id": f"IDX_{KEY}"}]), {"ETag": f'"{KEY}"', "X-Echo": KEY}),
    "escaped id": http(200, f'[{{"id": "IDX_{ESCAPED}"}}]'),
    "cut": http(200, f'[{{"id": "{KEY}"', {"Content-Length": "9999"}),
    "bad compression": http(200, ECHO, {"Content-Encoding": "gzip"}),
    "bad chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n".encode(),
}

NOTHING_ECHOED = {"no http", "bad header", "no json", "no list", "bad compression"}


def everything_kept() -> str:
    folder = cache_folder(os.environ)
    return "".join(path.read_text() + path.name for path in folder.iterdir()) if folder.exists() else ""


@pytest.mark.parametrize("command", [["indexes", "-f", "ndjson"], ["watch", "*", "--url", "ws://127.0.0.1:1"]])
@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_lets_the_key_out(name: str, command: list[str]) -> None:
    ending = ["--reconnect", "never"] if command[0] == "watch" else []
    with scripted(ANSWERS[name], ANSWERS[name], http(404, ECHO)) as there:
        done = run(*command, *ending, "--rest-url", there.url, "-vv", env={"COINAPI_KEY": KEY})
        assert f"X-CoinAPI-Key: {KEY}\r\n".encode() in there.requests[0]
    everything = done.out.text + done.err.text + everything_kept()
    assert ("***" in everything) == (name not in NOTHING_ECHOED), everything
    for form in FORMS:
        assert form not in everything, everything


def test_a_proxy_password_is_hidden_too() -> None:
    with proxying([], "502 Bad Gateway") as port:
        env = {"https_proxy": f"http://me:{quote(KEY, safe='')}@127.0.0.1:{port}", "COINAPI_KEY": "another-key"}
        done = run("indexes", "--rest-url", "https://rest.example", "-vv", env=env)
    assert done.wait() == 5
    assert KEY not in done.err.text
    assert quote(KEY, safe="") not in done.err.text
