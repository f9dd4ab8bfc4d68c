"""Which entries of a list are index ids. The others are left out and counted, whoever wrote them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from coinapi_idx_cli.terminal.one_line import excerpt, is_listed_id

SHOWN_BYTES = 80


class LeftOut(Struct, frozen=True):
    """What a list holds beside ids.

    `count` entries of a list that are not index ids. `example`: the first of them, in words.
    """

    count: int
    example: str

    def __str__(self) -> str:
        if self.count == 1:
            return f"1 entry of the list of indexes is left out, as it is not an index id: {self.example}"
        words = "entries of the list of indexes are left out, as they are not index ids; the first is"
        return f"{self.count:,} {words} {self.example}"


def sift(entries: Iterable[str | None]) -> tuple[tuple[str, ...], LeftOut | None]:
    """The ids in the order of `entries`, and what else there was. None: an entry that has no id."""
    ids: list[str] = []
    odd, example = 0, ""
    for number, entry in enumerate(entries, start=1):
        if entry is not None and is_listed_id(entry):
            ids.append(entry)
        else:
            odd += 1
            example = example or (
                f"number {number}, without an id" if entry is None else repr(excerpt(entry, str, SHOWN_BYTES))
            )
    return tuple(ids), LeftOut(odd, example) if odd else None
