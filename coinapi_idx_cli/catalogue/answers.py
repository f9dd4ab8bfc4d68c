"""What an answer means: a list, the list that is kept already, or an error. Nothing of it is taken as it is."""

from __future__ import annotations

import msgspec

from coinapi_idx_cli.catalogue.rest import OK, Answer
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import SET_A_KEY, ConnectionLostError, CredentialsError, IdxstreamError, RefusedError
from coinapi_idx_cli.retry_after import retry_after_s
from coinapi_idx_cli.text import is_index_id

NOT_MODIFIED = 304
BAD_KEY_STATUSES = {401, 403}
TRY_LATER_STATUSES = {408, 425, 429}
TEXT_SHOWN_CHARACTERS = 200
LONGEST_ETAG = 200


class Fetched(msgspec.Struct, frozen=True):
    ids: tuple[str, ...]
    etag: str | None


class _Item(msgspec.Struct):
    id: str


def fetched(server: RestServer, answer: Answer, etag: str | None) -> Fetched | None:
    """None: the list of `etag` is still the right one. Raises ConnectionLostError when asking again may help,
    CredentialsError or RefusedError when it will not.
    """
    if answer.status == OK:
        return Fetched(_ids(server, answer.body), _etag(server, answer))
    if answer.status == NOT_MODIFIED and etag is not None:
        return None
    raise _refusal(server, answer)


def _ids(server: RestServer, body: bytes) -> tuple[str, ...]:
    """Each id once, sorted, without the key in any, as they go to disk."""
    try:
        ids = {item.id for item in msgspec.json.decode(body, type=list[_Item])}
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _malformed(server, str(error)) from error
    if not ids:
        raise _malformed(server, "it is empty")
    for index_id in ids:
        if not is_index_id(index_id):
            raise _malformed(server, f"{_start(server, index_id)!r} is no index id")
    clean = server.redactor.clean_bytes("\n".join(sorted(ids)).encode())
    return tuple(clean.decode().split("\n"))


def _malformed(server: RestServer, why: str) -> RefusedError:
    return RefusedError(f"{server.name} gave no list of indexes: {server.redactor.clean(why)}", "check --rest-url")


def _etag(server: RestServer, answer: Answer) -> str | None:
    etag = answer.headers.get("etag", "")
    is_safe = len(etag) <= LONGEST_ETAG and etag.isascii() and etag.isprintable()
    return etag if etag and is_safe and server.redactor.clean(etag) == etag else None


def _refusal(server: RestServer, answer: Answer) -> IdxstreamError:
    status, said = answer.status, _what_it_said(server, answer)
    if status in BAD_KEY_STATUSES:
        if server.api_key is None:
            return CredentialsError(f"{server.name} wants a key ({said})", SET_A_KEY)
        return CredentialsError(f"{server.name} refused the API key ({said})", "check the key and its subscription")
    if status in TRY_LATER_STATUSES or status >= 500:
        wait_s = retry_after_s(answer.headers.get("retry-after"))
        return ConnectionLostError(f"{server.name} cannot serve now ({said})", retry_after_s=wait_s)
    if 300 <= status < 400:
        hint = "redirects are never followed, as the key would go along; check --rest-url"
        return RefusedError(f"{server.name} redirects elsewhere ({said})", hint)
    return RefusedError(f"{server.name} refused the list of indexes ({said})", "check --rest-url")


def _what_it_said(server: RestServer, answer: Answer) -> str:
    body = _start(server, answer.body.decode("utf-8", "replace"))
    status = f"HTTP {answer.status} {answer.reason}".rstrip()
    return f"{status}: {body}" if body else status


def _start(server: RestServer, text: str) -> str:
    """Cut after taking the key out, or a part of it could stand at the end."""
    return server.redactor.clean(text).strip()[:TEXT_SHOWN_CHARACTERS]
