"""What an answer means: a list, the list that is kept already, or an error. Nothing of it is taken as it is."""

from __future__ import annotations

from typing import Any

import msgspec

from coinapi_idx_cli.catalogue.complete import SIMULATOR
from coinapi_idx_cli.catalogue.rest import OK
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.catalogue.sift import LeftOut, sift
from coinapi_idx_cli.errors import RefusedError
from coinapi_idx_cli.net.http_refusals import HttpAnswer, HttpPurpose, http_refusal
from coinapi_idx_cli.protocol.server_errors import CHECK_KEY

NOT_MODIFIED = 304
LIST = HttpPurpose("the list of indexes", "--rest-url", CHECK_KEY)
LONGEST_ETAG = 200
MOST_COMMAS = 1 << 19  # between entries and within them, seventy times the real ones: Python takes 200 bytes for each


class Fetched(msgspec.Struct, frozen=True):
    """The list of indexes as a server gave it.

    `ids`: each once, sorted, without the key in any, as they go to disk. `left_out`: what else the list held.

    `is_complete`: no other indexes exist, as of a simulator, while the vendor's list may be older than an index.
    """

    ids: tuple[str, ...]
    etag: str | None
    left_out: LeftOut | None = None
    is_complete: bool = False


def fetched(server: RestServer, answer: HttpAnswer, etag: str | None) -> Fetched | None:
    """None: the list of `etag` is still the right one. Raises ConnectionLostError when asking again may help,
    CredentialsError or RefusedError when it will not.
    """
    if answer.status == OK:
        ids, left_out = _sifted(server, answer.body)
        is_complete = answer.headers.get("server", "").startswith(SIMULATOR)
        return Fetched(ids, _etag(server, answer), left_out, is_complete)
    if answer.status == NOT_MODIFIED and etag is not None:
        return None
    raise http_refusal(server, answer, LIST)


def _sifted(server: RestServer, body: bytes) -> tuple[tuple[str, ...], LeftOut | None]:
    if body.count(b",") > MOST_COMMAS:
        raise _malformed(server, "it holds too many entries")
    try:
        entries = _decoded(body)
    except RecursionError as error:
        raise _malformed(server, "it is nested too deeply") from error
    except ValueError as error:
        raise _malformed(server, "it is not JSON") from error
    if not isinstance(entries, list):
        raise _malformed(server, "it is something else")
    if not entries:
        raise _malformed(server, "it is empty")
    clean = server.redactor.clean  # an id that holds the key is not one afterwards
    named = (_id_in(entry) for entry in entries)
    ids, left_out = sift(clean(index_id) if index_id is not None else None for index_id in named)
    if not ids:
        raise _malformed(server, str(left_out))
    return tuple(sorted(set(ids))), left_out


def _decoded(body: bytes) -> Any:
    """By the one decoder that takes what is odd within an entry, such as half a surrogate pair. Raises ValueError."""
    import json  # only for an answer

    return json.loads(body.decode("utf-8", "replace"), strict=False, parse_int=float)


def _id_in(entry: Any) -> str | None:
    found = entry.get("id") if isinstance(entry, dict) else None
    return found if isinstance(found, str) else None


def _malformed(server: RestServer, why: str) -> RefusedError:
    what = f"{server.name} did not give a list of indexes: {server.redactor.clean(why)}"
    return RefusedError(what, "check --rest-url")


def _etag(server: RestServer, answer: HttpAnswer) -> str | None:
    etag = answer.headers.get("etag", "")
    is_safe = len(etag) <= LONGEST_ETAG and etag.isascii() and etag.isprintable()
    return etag if etag and is_safe and server.redactor.clean(etag) == etag else None
