"""From what was asked for to index ids: globs through the list of indexes, and a word about ids that are not in it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import msgspec

from coinapi_idx_cli.catalogue.match import did_you_mean, is_pattern, matching
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.cli.indexes.fetch import fresh_list, index_list, simulators_list
from coinapi_idx_cli.cli.options.connection_settings import ConnectionSettings
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.watch.settings import WatchSettings
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.wording import plural

MANY_IDS = 500
UNKNOWN_SHOWN = 3  # each one's nearest take 0.1 s to find


def with_chosen_ids(settings: WatchSettings, reporter: Reporter) -> WatchSettings:
    """The same with ids for globs.

    Raises UsageError for a glob that matches nothing and for an id that a simulator does not have, and what the list's
    server says.
    """
    words = settings.subscription.index_ids or ()
    known = _known(settings.link, any(map(is_pattern, words)), reporter)
    ids = _chosen(words, known.ids, reporter)
    there = set(known.ids)
    unknown = [word for word in words if not is_pattern(word) and word not in there]
    if known.is_complete:
        _refuse(unknown, known.ids)
    elif known.is_young:
        _warn_of(unknown, known.ids, reporter)
    return msgspec.structs.replace(settings, subscription=msgspec.structs.replace(settings.subscription, index_ids=ids))


class _Known(msgspec.Struct, frozen=True):
    """What is known of the indexes there are: all of them, those of a list that is young, or of any list or none."""

    ids: Sequence[str]
    is_complete: bool = False
    is_young: bool = False


def _known(link: ConnectionSettings, needed: bool, reporter: Reporter) -> _Known:
    """The vendor's list is asked for only when it is `needed`; without that, what is kept of it while it is young."""
    if (all_there_are := _all_there_are(link)) is not None:
        return _Known(all_there_are, is_complete=True)
    server = RestServer(link.rest_url, link.api_key, link.trust, link.connect_timeout_s, link.allow_plaintext)
    found = index_list(server, reporter) if needed else fresh_list(server, reporter)
    return _Known(found.ids, is_young=found.is_fresh(time.time())) if found is not None else _Known(())


def _all_there_are(link: ConnectionSettings) -> Sequence[str] | None:
    """Of a simulator; None for the vendor's feed, which may have more indexes than its list."""
    if link.demo:
        from coinapi_idx_cli.simulator.catalogue import CATALOGUE

        return [index.id for index in CATALOGUE]
    return simulators_list(link)


def _chosen(words: Iterable[str], known: Sequence[str], reporter: Reporter) -> tuple[str, ...]:
    chosen: dict[str, None] = {}
    for word in words:
        found = matching(word, known) if is_pattern(word) else [word]
        if len(found) > MANY_IDS:
            reporter.notice(f"{word!r} subscribes to {plural(len(found), 'index')}; usage is metered")
        chosen.update(dict.fromkeys(found))
    return tuple(chosen)


def _refuse(unknown: Sequence[str], known: Sequence[str]) -> None:
    if len(unknown) == 1:
        raise UsageError(f"the simulator has no index {unknown[0]}", did_you_mean(unknown[0], known))
    if unknown:
        shown = ", ".join(unknown[:UNKNOWN_SHOWN])
        more = f" and {len(unknown) - UNKNOWN_SHOWN} more" if len(unknown) > UNKNOWN_SHOWN else ""
        hint = f"for {unknown[0]}: {did_you_mean(unknown[0], known)}"
        raise UsageError(f"the simulator has no indexes {shown}{more}", hint)


def _warn_of(unknown: Sequence[str], known: Sequence[str], reporter: Reporter) -> None:
    for index_id in unknown[:UNKNOWN_SHOWN]:
        reporter.warning(f"{index_id} is not in the list of indexes; {did_you_mean(index_id, known)}")
    if (more := len(unknown) - UNKNOWN_SHOWN) > 0:
        reporter.warning(f"{more} more ids are not in the list of indexes; idxstream indexes shows it")
