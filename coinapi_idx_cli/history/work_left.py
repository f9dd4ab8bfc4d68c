"""What is still to be asked for, given what a file holds; and what all of it costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coinapi_idx_cli.history.calls import calls_for
from coinapi_idx_cli.history.held import HeldRecord
from coinapi_idx_cli.history.series import Wanted
from coinapi_idx_cli.protocol.stretches import Stretch
from coinapi_idx_cli.protocol.times import NS


def still_wanted(
    ids: Sequence[str], stretches: Sequence[Stretch], held: HeldRecord, spacing_s: int | None
) -> list[Wanted]:
    """Of each index what comes behind what is held."""
    if held.last_second is None:
        return [Wanted(index_id, stretches) for index_id in ids]
    return [_of_one(index_id, stretches, held, spacing_s) for index_id in ids]


def _of_one(index_id: str, stretches: Sequence[Stretch], held: HeldRecord, spacing_s: int | None) -> Wanted:
    begin_ns = (held.last_second or 0) * NS
    known = held.in_last_second[index_id]
    if spacing_s is not None and known:
        begin_ns, known = begin_ns + spacing_s * NS, 0
    left = _from(stretches, begin_ns)
    is_first = bool(left) and left[0][0] // NS == begin_ns // NS
    return Wanted(index_id, left, known if is_first else 0)


def not_held(ids: Sequence[str], stretches: Sequence[Stretch], held: HeldRecord) -> Mapping[str, Sequence[Stretch]]:
    """What the file lacks of each index before what it holds of it: if there is anything, it is not ours to go on."""
    lacking = {}
    for index_id in ids:
        until_ns = held.first_ns.get(index_id, held.last_ns)
        before = [(begin, min(end, until_ns // NS * NS)) for begin, end in stretches if begin < until_ns // NS * NS]
        if before:
            lacking[index_id] = before
    return lacking


def _from(stretches: Sequence[Stretch], begin_ns: int) -> list[Stretch]:
    return [(max(begin, begin_ns), end) for begin, end in stretches if end > begin_ns]


def items_expected(wanted: Sequence[Wanted], spacing_s: int | None) -> int:
    """At most, of bars. Of values it is an estimate: one a second."""
    return sum(sum(_counts(one, spacing_s)) for one in wanted)


def calls_expected(wanted: Sequence[Wanted], spacing_s: int | None) -> int:
    """As the vendor counts: each hundred items of an answer."""
    return sum(sum(map(calls_for, _counts(one, spacing_s))) for one in wanted)


def _counts(one: Wanted, spacing_s: int | None) -> list[int]:
    length_ns = (spacing_s or 1) * NS
    return [-(-(end - begin) // length_ns) for begin, end in one.stretches]
