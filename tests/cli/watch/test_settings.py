"""What is accepted on the command line, and which words refuse the rest."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from coinapi_idx_cli.cli.options.connection_settings import (
    DEFAULT_REST_URL,
    DEFAULT_URL,
    check_key,
    check_rest_key,
    resolve_rest_url,
    resolve_url,
)
from coinapi_idx_cli.cli.options.parsers import duration, duration_or_never, size
from coinapi_idx_cli.cli.watch.destinations import destinations_of
from coinapi_idx_cli.cli.watch.settings import collect_ids
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import CredentialsError, UsageError
from coinapi_idx_cli.net.urls import is_loopback


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("500ms", 0.5), ("1.5s", 1.5), ("2d", 172_800), ("7", 7)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5q", "1h30", "-5s", "0s", "0", "1 h", "never", "nan", "inf", "1e3s", "٣s"])
def test_bad_durations(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a valid duration|is too short"):
        duration(text)


def test_never_is_a_duration_only_where_it_says_so() -> None:
    assert duration_or_never("never") is None
    assert duration_or_never("2s") == 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *(("500MB", 500_000_000), ("2GiB", 2 << 30), ("64k", 64_000), ("1", 1), ("1.5 KiB", 1536), ("10B", 10)),
        *(("5mb", 5_000_000), ("5 Mb", 5_000_000), ("2gib", 2 << 30), ("1KIB", 1024)),
    ],
)
def test_sizes(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize("text", ["", "MB", "0", "5X", "-1", "1iB"])
def test_bad_sizes(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a valid size|is too small"):
        size(text)


def test_ids_from_arguments_and_a_file_keep_their_order_and_come_once(tmp_path: Path) -> None:
    file = tmp_path / "ids"
    file.write_text("# majors\nIDX_B  # bitcoin\n\nIDX_C\r\nIDX_A\n")
    assert collect_ids(["IDX_A"], str(file), everything=False) == ("IDX_A", "IDX_B", "IDX_C")


def test_ids_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfIDX_A\nIDX_B\n")))
    assert collect_ids([], "-", everything=False) == ("IDX_A", "IDX_B")


def test_everything() -> None:
    assert collect_ids([], None, everything=True) is None
    with pytest.raises(UsageError, match="contradict"):
        collect_ids(["IDX_A"], None, everything=True)


@pytest.mark.parametrize("bad", ["", "two words", "x" * 201, "bell\x07", "IDX_\u00e9", "\ufeffIDX_A"])
def test_what_is_no_id(bad: str) -> None:
    with pytest.raises(UsageError):
        collect_ids([bad], None, everything=False)


def test_globs_are_taken_as_they_are() -> None:
    assert collect_ids(["IDX_*", "IDX_[AB]"], None, everything=False) == ("IDX_*", "IDX_[AB]")


def test_a_file_of_ids_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read --ids-from"):
        collect_ids([], str(tmp_path / "none"), everything=False)


def resolved(url: str | None, **more: bool) -> str:
    return resolve_url(url, demo=more.get("demo", False), allow_plaintext=more.get("allow_plaintext", False))


def test_the_feed_and_its_default() -> None:
    assert resolved("wss://a.example:8443/path") == "wss://a.example:8443/path"
    assert resolved(None) == DEFAULT_URL
    assert resolved(None, demo=True) == ""


def test_what_is_wrong_with_a_url_names_what_gave_it() -> None:
    with pytest.raises(UsageError, match=r"IDXSTREAM_URL 'a.example' is not a valid URL"):
        resolve_url("a.example", "IDXSTREAM_URL", demo=False, allow_plaintext=False)


def test_the_rest_side_and_its_default() -> None:
    def rest(url: str | None, *, demo: bool = False, feed_url: str = "") -> str:
        return resolve_rest_url(url, feed_url=feed_url, demo=demo, allow_plaintext=False)

    assert rest("https://a.example:8443/path//") == "https://a.example:8443/path"
    assert rest(None) == DEFAULT_REST_URL
    assert rest(None, demo=True) == ""
    assert rest(None, feed_url="wss://feed.example") == DEFAULT_REST_URL
    assert rest(None, feed_url="ws://127.0.0.1:8765/") == "http://127.0.0.1:8765"
    assert rest(None, feed_url="wss://localhost") == "https://localhost"
    assert rest("https://a.example", feed_url="ws://[::1]:1") == "https://a.example"
    assert rest("http://[::1]:1") == "http://[::1]:1"
    for bad in ("http://10.0.0.1", "wss://a.example", "a.example", "https://", "https://me:secret@a.example"):
        with pytest.raises(UsageError) as caught:
            rest(bad)
        assert "secret" not in str(caught.value)
    with pytest.raises(CredentialsError, match="list of indexes"):
        check_rest_key(DEFAULT_REST_URL, None)


@pytest.mark.parametrize("url", ["ws://localhost", "ws://127.0.0.1:8765", "ws://[::1]:1", "ws://sim.localhost/x"])
def test_plain_to_this_machine_is_fine(url: str) -> None:
    assert resolved(url) == url
    check_key(url, None)


@pytest.mark.parametrize(
    "url", ["ws://10.0.0.1", "ws://128.0.0.1", "ws://0.0.0.0", "ws://[::]", "ws://[fe80::1]", "ws://[2001:db8::1]:80"]
)
def test_plain_to_another_host_is_refused_unless_allowed(url: str) -> None:
    with pytest.raises(UsageError, match="in the clear"):
        resolved(url)
    assert resolved(url, allow_plaintext=True) == url


@pytest.mark.parametrize("url", ["http://a", "a.example", "", "wss://", "wss://a:port", "ftp://a", "wss://[::1"])
def test_what_is_no_websocket_url(url: str) -> None:
    if url:
        with pytest.raises(UsageError):
            resolved(url)


@pytest.mark.parametrize(
    "url",
    [
        "wss://user:secret@a.example",
        "wss://a.example/?apikey=secret",
        "wss://a/?APIKEY=secret",
        "wss://a/APIKEY-secret",
        "wss://a/#token=secret",
    ],
)
def test_a_key_in_the_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolved(url)
    assert "secret" not in str(caught.value)


def test_a_key_is_needed_for_other_hosts_only() -> None:
    with pytest.raises(CredentialsError, match="no API key"):
        check_key(DEFAULT_URL, None)
    check_key(DEFAULT_URL, ApiKey("k"))
    check_key("", None)


def of_stdout(format_name: str, *, is_terminal: bool) -> str:
    (destination,) = destinations_of([], format_name, is_terminal=is_terminal)
    return destination.format


def test_formats_by_what_stdout_is() -> None:
    assert of_stdout("auto", is_terminal=True) == "table"
    assert of_stdout("auto", is_terminal=False) == "ndjson"
    assert of_stdout("csv", is_terminal=True) == "csv"
    with pytest.raises(UsageError, match="needs a terminal"):
        of_stdout("table", is_terminal=False)


def test_loopback_names() -> None:
    assert is_loopback("127.1.2.3")
    assert not is_loopback("128.0.0.1")
