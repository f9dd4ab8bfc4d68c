"""One parser of URLs: what others could read in another way is refused, and what is accepted they all read alike."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import pytest
import urllib3
from hypothesis import example, given
from hypothesis import strategies as st
from websocket._url import parse_url as parse_as_websocket_client_does

from coinapi_idx_cli.cli import run
from coinapi_idx_cli.net.urls import is_loopback, is_loopback_address, parse_url, shown_url

READ_DIFFERENTLY = [
    r"HOST\.localhost",
    r"127.0.0.1\@evil.example",
    "127.999.1.1",
    "evil.example;.localhost",
    "127.1",
    "127.0.0.1.",
    "0177.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "1.2.3.4.5",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[127.0.0.1]",
    "[v1.localhost]",
    "[::1",
    "::1",
    "[::1]evil.example",
    "local%68ost",
    "localhost%00.evil.example",
    "localhost:",
    "localhost:0",
    "localhost:065536",
    "localhost:65536",
    "localhost:8o",
    "localhost:+80",
    "localhost:\u0661",
    "local\thost",
    "localhost\n",
    " localhost",
    "localhost ",
    "local\u00adhost",
    "\uff4cocalhost",
    "l\u00f6calhost",
    "evil.example\uff0flocalhost",
    "localhost\x00",
    "a..b",
    ".localhost",
    "localhost.",
    "-a.example",
    "a-.example",
    "x" * 64,
    ".".join(["x" * 60] * 5),
    "",
    "localhost/a b",
    "localhost/a\\b",
    "localhost/x;y",
    "localhost?a=1;b=2",
    "localhost/<x>",
    "localhost/{x}",
]


@pytest.mark.parametrize("place", READ_DIFFERENTLY)
def test_what_is_read_differently_is_not_a_url(place: str) -> None:
    with pytest.raises(ValueError, match=r"^(it|its|the text) "):
        parse_url(f"ws://{place}")


@pytest.mark.parametrize("place", READ_DIFFERENTLY)
@pytest.mark.parametrize("option", ["--url", "IDXSTREAM_REST_URL"])
def test_it_is_refused_with_exit_2_by_the_name_of_what_gave_it(
    option: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{'http' if 'rest' in option.lower() else 'ws'}://{place}"
    if "\0" in url and not option.startswith("--"):
        return  # no environment can hold it
    by_flag = option.startswith("--")
    with patch.dict(os.environ, {} if by_flag else {option: url}):
        code = run(["watch", "--all", "--api-key", "k" * 10, *([option, url] if by_flag else [])])
    told = capsys.readouterr().err
    assert (code, told.startswith(f"idxstream: {option} ")) == (2, True), told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("command", ["indexes", "doctor", "config"])
def test_every_command_uses_it(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text(r"rest-url = 'http://HOST\.localhost'")
    words = ["show"] if command == "config" else []
    assert run([command, *words, "--config", str(settings)]) == 2
    assert f"rest-url in {settings} " in capsys.readouterr().err


def test_a_proxy_is_parsed_by_it(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["indexes", "--api-key", "k" * 10, "--rest-url", "https://rest.example"]
    for place in READ_DIFFERENTLY:
        if "\0" not in place:
            with patch.dict(os.environ, {"https_proxy": f"http://{place}"}):
                assert run(arguments) == 2, place
            told = capsys.readouterr().err
            assert "the https_proxy of the environment is not a valid URL: " in told


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("ws://localhost", "localhost", None, "/"),
        ("wss://WS.Example.COM:8443/a/b?c=d&e", "ws.example.com", 8443, "/a/b?c=d&e"),
        ("http://[::1]:80/", "::1", 80, "/"),
        ("https://[2001:DB8:0::1]", "2001:db8::1", None, "/"),
        ("ws://127.0.0.1:1", "127.0.0.1", 1, "/"),
        ("ws://my_service:65535", "my_service", 65535, "/"),
        ("wss://xn--bcher-kva.example/%7Euser", "xn--bcher-kva.example", None, "/%7Euser"),
        ("wss://0xdead.example", "0xdead.example", None, "/"),
        ("wss://1.example", "1.example", None, "/"),
    ],
)
def test_what_is_plain_is_accepted(text: str, host: str, port: int | None, target: str) -> None:
    url = parse_url(text)
    assert (url.host, url.port, url.target) == (host, port, target)
    assert parse_url(url.text) == url


def test_user_and_password_are_decoded_and_never_shown() -> None:
    url = parse_url("http://me:p%40ss%2Fw@proxy:3128")
    assert (url.user, url.password, url.host) == ("me", "p@ss/w", "proxy")
    assert "p@ss" not in f"{url!r} {url.text} {url.bare} {shown_url('http://me:p%40ss%2Fw@proxy:3128')}"


hosts = st.lists(
    st.sampled_from(["localhost", "127.0.0.1", "evil.example", "::1", "1", "0x7f", "a"])
    | st.sampled_from([*".:/\\@?#[]%;&=+ \t\n_-~|^`{}<>\"'!$(),*", "\u00e4", "\u3002", "\u2024", "%2e", "%00"]),
    max_size=6,
).map("".join)


@given(hosts)
@example("[@localhost")  # "Invalid IPv6 URL"
@example("%2e@localhost")
def test_whatever_is_accepted_others_read_as_we_do(place: str) -> None:
    text = f"ws://{place}"
    try:
        url = parse_url(text)
    except ValueError:
        return
    by_python, by_urllib3 = urlsplit(text), urllib3.util.parse_url(text)
    by_library = parse_as_websocket_client_does(text)
    hosts = {by_python.hostname, (by_urllib3.host or "").strip("[]"), by_library[0]}
    assert hosts == {place_of(url.host, text)}
    assert {by_python.port, by_urllib3.port, by_library[1] if url.port else None} == {url.port}
    users = {by_python.username or "", (by_urllib3.auth or "").partition(":")[0]}
    assert set(map(unquote, users)) <= {url.user or "", ""}


@given(st.text() | st.text().map("ws://{}".format))
def test_nothing_raises_anything_else(text: str) -> None:
    try:
        url = parse_url(text)
    except ValueError:
        assert shown_url(text) == "***"
    else:
        assert parse_url(url.text).host == url.host


def place_of(host: str, text: str) -> str:
    """As it stands in the text: of an IPv6 address there are many spellings."""
    return text.partition("[")[2].partition("]")[0].lower() if ":" in host else host


def test_loopback_is_judged_as_an_address() -> None:
    assert all(map(is_loopback, ("localhost", "sim.localhost", "127.0.0.1", "127.255.0.1", "::1")))
    assert not any(map(is_loopback, ("127.999.1.1", "127.0.0.1.evil.example", "localhost.example", "128.0.0.1", "::")))
    assert is_loopback_address("::ffff:127.0.0.1")  # as a socket may give it
    assert not any(map(is_loopback_address, ("localhost", "::ffff:10.0.0.1", "fe80::1%lo")))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("wss://a.example/x?sig=secret&b=secret", "wss://a.example/x?sig=***&b=***"),
        ("wss://a.example?secret", "wss://a.example?***"),
        ("wss://a.example/#secret", "wss://a.example/#***"),
        ("wss://me:secret@a.example", "wss://a.example"),
        ("wss://a.example\\secret", "***"),
    ],
)
def test_what_may_be_secret_in_a_url_is_hidden(url: str, shown: str) -> None:
    assert shown_url(url) == shown
