"""Answers as servers compress and frame them: what was asked for is read, and nothing binary is shown."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable

import pytest

from coinapi_idx_cli.catalogue.answers import Fetched
from coinapi_idx_cli.catalogue.rest import LARGEST_LIST_BYTES, READ_AT_ONCE_BYTES
from coinapi_idx_cli.errors import CredentialsError, IdxstreamError, RefusedError
from tests.catalogue.servers import IDS, failure, get, scripted

LIST = json.dumps([{"id": index_id} for index_id in IDS]).encode()
Coded = tuple[str, bytes]


def plain(body: bytes) -> Coded:
    return "", body


def gzipped(body: bytes) -> Coded:
    return "Content-Encoding: gzip\r\n", gzip.compress(body)


def old_name(body: bytes) -> Coded:
    return "Content-Encoding: X-GZIP\r\n", gzip.compress(body)


def twice(body: bytes) -> Coded:
    return "Content-Encoding: gzip, gzip\r\n", gzip.compress(gzip.compress(body))


def in_members(body: bytes) -> Coded:
    return "Content-Encoding: gzip\r\n", b"".join(gzip.compress(body[at : at + 7]) for at in range(0, len(body), 7))


def deflated(body: bytes) -> Coded:
    return "Content-Encoding: deflate\r\n", zlib.compress(body)


def with_length(status: str, coded: Coded) -> bytes:
    return f"HTTP/1.1 {status}\r\n{coded[0]}Content-Length: {len(coded[1])}\r\n\r\n".encode() + coded[1]


def in_chunks(status: str, coded: Coded, size: int = READ_AT_ONCE_BYTES + 1) -> bytes:
    parts = [coded[1][at : at + size] for at in range(0, len(coded[1]), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    head = f"HTTP/1.1 {status}\r\n{coded[0]}Transfer-Encoding: chunked\r\n\r\n"
    return head.encode() + chunks + b"0\r\n\r\n"


def byte_by_byte(status: str, coded: Coded) -> bytes:
    return in_chunks(status, coded, 1)


def up_to_the_end(status: str, coded: Coded) -> bytes:
    return f"HTTP/1.1 {status}\r\n{coded[0]}Connection: close\r\n\r\n".encode() + coded[1]


CODINGS = [plain, gzipped, old_name, twice, in_members, deflated]
FRAMINGS = [with_length, in_chunks, byte_by_byte, up_to_the_end]
Coding = Callable[[bytes], Coded]
Framing = Callable[[str, Coded], bytes]


def failure_of(answer: bytes) -> IdxstreamError:
    with scripted(answer) as there:
        return failure(there.server())


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("coding", CODINGS)
def test_the_list_is_read_in_any_coding_and_framing(coding: Coding, framing: Framing) -> None:
    with scripted(framing("200 OK", coding(LIST))) as there:
        assert get(there.server()) == Fetched(IDS, None)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("coding", CODINGS)
def test_the_words_of_a_refusal_are_read_too(coding: Coding, framing: Framing) -> None:
    error = failure_of(framing("403 Forbidden", coding(b'{"error":"Wrong plan"}')))
    assert isinstance(error, CredentialsError)
    assert error.what.endswith("says: Wrong plan (HTTP 403 Forbidden)")


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize(
    "coded",
    [
        ("", gzip.compress(b"not said to be compressed")),
        ("", b"\x89PNG\r\n\x1a\n\x00"),
        ("", b"words, and then \xff"),
        ("", b"\x1b[2Jwords"),
        ("Content-Encoding: gzip\r\n", b"said to be compressed"),
        ("Content-Encoding: br\r\n", b"\x0b\x02\x80words\x03"),
        ("", b"<!DOCTYPE html><title>Just a moment...</title>"),
        ("", b"\n  <html>"),
    ],
)
def test_of_a_refusal_that_is_not_text_only_the_status_is_shown(coded: Coded, framing: Framing) -> None:
    assert failure_of(framing("404 Not Found", coded)).what.endswith("refused the list of indexes (HTTP 404 Not Found)")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "compress"])
def test_a_coding_that_was_not_asked_for_is_named(coding: str) -> None:
    error = failure_of(with_length("200 OK", (f"Content-Encoding: {coding}\r\n", b"\x0b\x02\x80[]\x03")))
    assert isinstance(error, RefusedError)
    assert f"not requested ({coding.rpartition(' ')[2]})" in error.what


@pytest.mark.parametrize("framing", [with_length, in_chunks, up_to_the_end])
def test_what_unpacks_to_more_than_a_list_is_not_unpacked(framing: Framing) -> None:
    bomb = gzipped(b" " * (LARGEST_LIST_BYTES + 1))
    assert "more than 32 MiB" in failure_of(framing("200 OK", bomb)).what
    assert failure_of(framing("404 Not Found", bomb)).what.endswith("(HTTP 404 Not Found)")
