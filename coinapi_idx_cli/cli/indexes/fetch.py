"""The list of indexes as the commands get at it: the cache of this user, and the key only when somebody is asked."""

from __future__ import annotations

import os
from collections.abc import Sequence

from coinapi_idx_cli.catalogue.cache import Cache, IndexList, cache_folder
from coinapi_idx_cli.catalogue.complete import all_indexes
from coinapi_idx_cli.catalogue.listing import Listing
from coinapi_idx_cli.catalogue.match import containing, did_you_mean, is_pattern, matching
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.cli.options.connection_settings import ConnectionSettings, check_rest_key, list_beside
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.terminal.one_line import ids_in

A_MOMENT_S = 2.0  # a simulator answers at once, on a machine that is not busy


def fresh_list(server: RestServer, reporter: Reporter) -> IndexList | None:
    """What is kept and young, without a request."""
    return _listing(server, reporter).fresh()


def index_list(server: RestServer, reporter: Reporter, *, refresh: bool = False) -> IndexList:
    """Raises what `Listing.fetch` raises, and CredentialsError when there is not a key to ask with."""
    listing = _listing(server, reporter)
    found = None if refresh else listing.fresh()
    if found is not None:
        return found
    check_rest_key(server.url, server.api_key)
    return listing.fetch()


def simulators_list(link: ConnectionSettings) -> tuple[str, ...] | None:
    """All indexes that the feed knows, if it is a simulator on this machine; None for any other, or when it is away."""
    url = list_beside(link.url)
    if url is None:
        return None
    return all_indexes(RestServer(url, link.api_key, link.trust, min(link.connect_timeout_s, A_MOMENT_S)))


def listed_ids(words: Sequence[str], server: RestServer, reporter: Reporter, *, refresh: bool) -> tuple[str, ...]:
    """Those that any of the words finds, all without words, in the list's order. Raises UsageError, too."""
    ids = index_list(server, reporter, refresh=refresh).ids
    if not words:
        return ids
    wanted = {index_id for word in words for part in ids_in(word) for index_id in _found(part, ids)}
    return tuple(index_id for index_id in ids if index_id in wanted)


def _found(word: str, ids: Sequence[str]) -> list[str]:
    found = matching(word, ids) if is_pattern(word) else containing(word, ids)
    if not found:
        raise UsageError(f"no index has {word!r} in its name", did_you_mean(word, ids))
    return found


def _listing(server: RestServer, reporter: Reporter) -> Listing:
    return Listing(server, Cache(cache_folder(os.environ)), reporter)
