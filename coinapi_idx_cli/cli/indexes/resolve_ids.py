"""From what was asked for to index ids: globs and short names by the list of indexes, and a word about unknown ids."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import msgspec

from coinapi_idx_cli.catalogue.match import did_you_mean, is_pattern, matching
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.catalogue.short_names import ShortNames, as_whole, needs_list
from coinapi_idx_cli.cli.indexes.fetch import fresh_list, index_list, simulators_list
from coinapi_idx_cli.cli.options.connection_settings import ConnectionSettings
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.wording import plural

MANY_IDS = 500
UNKNOWN_SHOWN = 3  # each one's nearest take 0.1 s to find


def chosen_ids(words: Sequence[str], link: ConnectionSettings, reporter: Reporter) -> tuple[str, ...]:
    """The ids that ids, globs and short names mean, each once, in their order.

    Raises UsageError for a glob that matches nothing, for a name that means nothing or too much, and for an id that a
    simulator does not have; and what the list's server says.
    """
    known = _known(link, any(map(needs_list, words)), reporter)
    chosen: dict[str, None] = {}
    missing: dict[str, None] = {}
    there, names = set(known.ids), ShortNames(known.ids)
    for word in words:
        if word in there:
            chosen[word] = None
        elif is_pattern(word):
            chosen.update(dict.fromkeys(_matching(word, known.ids, reporter)))
        elif (index_id := names.meant(word)) is not None:
            chosen[index_id] = None
        elif needs_list(as_whole(word)):
            raise names.unknown(word)
        else:
            chosen[as_whole(word)] = missing[as_whole(word)] = None
    if known.is_complete:
        _refuse(list(missing), known.ids)
    elif known.is_young:
        _warn_of(list(missing), known.ids, reporter)
    return tuple(chosen)


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


def _matching(pattern: str, known: Iterable[str], reporter: Reporter) -> list[str]:
    found = matching(pattern, known)
    if len(found) > MANY_IDS:
        reporter.notice(f"{pattern!r} subscribes to {plural(len(found), 'index')}; usage is metered")
    return found


def _refuse(missing: Sequence[str], known: Sequence[str]) -> None:
    if len(missing) == 1:
        raise UsageError(f"the simulator has no index {missing[0]}", did_you_mean(missing[0], known))
    if missing:
        shown = ", ".join(missing[:UNKNOWN_SHOWN])
        more = f" and {len(missing) - UNKNOWN_SHOWN} more" if len(missing) > UNKNOWN_SHOWN else ""
        hint = f"for {missing[0]}: {did_you_mean(missing[0], known)}"
        raise UsageError(f"the simulator has no indexes {shown}{more}", hint)


def _warn_of(missing: Sequence[str], known: Sequence[str], reporter: Reporter) -> None:
    for index_id in missing[:UNKNOWN_SHOWN]:
        reporter.warning(f"{index_id} is not in the list of indexes; {did_you_mean(index_id, known)}")
    if (more := len(missing) - UNKNOWN_SHOWN) > 0:
        reporter.warning(f"{more} more ids are not in the list of indexes; idxstream indexes shows it")
