"""The list of indexes: what is kept while it is young, else what the server says, else what is kept all the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from coinapi_idx_cli.catalogue.cache import Cache, IndexList
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.errors import NoConnectionError

_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"))


class Voice(Protocol):
    """Who hears what happens."""

    def notice(self, text: str) -> None:
        """What somebody at a terminal needs to know to go on."""

    def warning(self, text: str) -> None:
        """What somebody should know now."""


class Listing:
    """The list of indexes of one server: the saved one, or that of the server.

    `now_s`: seconds since 1970.
    """

    def __init__(self, server: RestServer, cache: Cache, voice: Voice, now_s: Callable[[], float] = time.time) -> None:
        self._server = server
        self._cache = cache
        self._voice = voice
        self._now_s = now_s

    def fresh(self) -> IndexList | None:
        """What is kept, if it is young enough; nobody is asked."""
        kept = self._cache.load(self._server.url)
        return self._told(kept) if kept is not None and kept.is_fresh(self._now_s()) else None

    def fetch(self) -> IndexList:
        """What the server says, and when it cannot be reached what is kept, however old.

        Raises NoConnectionError when nothing is kept; CredentialsError, RefusedError.
        """
        from coinapi_idx_cli.catalogue.patience import fetch  # the HTTP client costs 60 ms, and is seldom needed

        kept = self._cache.load(self._server.url) or IndexList(self._server.url, 0.0, None, ())
        try:
            answer = fetch(self._server, kept.etag, self._voice.notice)
        except NoConnectionError as error:
            if not kept.ids:
                hint = error.hint or "check --rest-url and the network"
                raise NoConnectionError(f"{error.what}, and there is no saved list of indexes", hint) from error
            self._voice.warning(f"{error.what}; using the saved list, {age(self._now_s() - kept.fetched_s)} old")
            return self._told(kept)
        if answer is not None:
            kept = IndexList(self._server.url, 0.0, answer.etag, answer.ids, answer.left_out)
        latest = replace(kept, fetched_s=self._now_s())
        self._store(latest)
        return self._told(latest)

    def _told(self, found: IndexList) -> IndexList:
        if found.left_out is not None:
            self._voice.warning(f"{self._server.name}: {found.left_out}")
        return found

    def _store(self, latest: IndexList) -> None:
        try:
            self._cache.store(latest, self._server.host)
        except OSError as error:
            self._voice.warning(f"cannot save the list of indexes in {self._cache.folder}: {error.strerror or error}")


def age(seconds: float) -> str:
    """For people: `3 hours`."""
    for size_s, unit in _UNITS:
        if seconds >= size_s:
            count = int(seconds // size_s)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "a moment"
