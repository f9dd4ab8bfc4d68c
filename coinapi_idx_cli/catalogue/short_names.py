"""Which index a name means: the end of an id, without regard to case. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from coinapi_idx_cli.catalogue.match import containing, is_pattern, nearest
from coinapi_idx_cli.errors import UsageError

WHOLE = "IDX_"  # how every id of the vendor begins
FIRST_MEANT = ("IDX_REFRATE_PRIMKT_", "IDX_REFRATE_VWAP_")  # of several, the one that has nothing else in front
MOST_SHOWN = 20


def needs_list(word: str) -> bool:
    """Whether only the list of indexes says what is meant: a glob, or a short name, but not an id."""
    return is_pattern(word) or not word.startswith(WHOLE)


def as_whole(word: str) -> str:
    """The id that somebody wrote in small letters, of a word that begins as ids do."""
    return word.upper() if word[: len(WHOLE)].upper() == WHOLE else word


class ShortNames:
    """What the indexes of a list are called."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = ids
        self._by_name: dict[str, str] = {}
        self._by_end: dict[str, list[str]] = {}

    def meant(self, name: str) -> str | None:
        """The id that is called so; None when there is none. Raises UsageError when there are several."""
        self._build()
        wanted = name.upper()
        if same := self._by_name.get(wanted):
            return same
        found = self._by_end.get(wanted, [])
        if len(found) < 2:
            return found[0] if found else None
        for head in FIRST_MEANT:
            if head + wanted in found:
                return head + wanted
        raise UsageError(f"{name!r} may be any of {len(found)} indexes", f"name one of {_listed(found, ' and ', name)}")

    def unknown(self, name: str) -> UsageError:
        """No id is called so: those that contain the name, else those whose short names come nearest."""
        found = containing(name, self._ids)
        if not found:
            by_short = {_short(index_id): index_id for index_id in reversed(self._ids)}
            found = [by_short[short] for short in nearest(name, by_short)]
        hint = f"did you mean {_listed(found, ' or ', name)}?" if found else "idxstream indexes lists them"
        return UsageError(f"no index is called {name!r}", hint)

    def _build(self) -> None:
        """When it is needed first: a list has thousands of ids, and most runs name their ids in full."""
        if self._by_name:
            return
        for index_id in self._ids:
            end = index_id.upper()
            self._by_name.setdefault(end, index_id)
            while "_" in end:
                _, _, end = end.partition("_")
                self._by_end.setdefault(end, []).append(index_id)


def _short(index_id: str) -> str:
    for head in (*FIRST_MEANT, WHOLE):
        if index_id.startswith(head):
            return index_id.removeprefix(head)
    return index_id


def _listed(ids: Sequence[str], last_joint: str, name: str) -> str:
    shown = ids[:MOST_SHOWN]
    if len(ids) > len(shown):
        return f"{', '.join(shown)}; idxstream indexes {name} has {len(ids) - len(shown)} more"
    *first, last = shown
    return f"{', '.join(first)}{last_joint}{last}" if first else last
