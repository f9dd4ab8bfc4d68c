"""What several captures lack together: where each of them has a gap, or had not begun, or had ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coinapi_idx_cli.protocol.stretches import Stretch, joined


def missing_in(gaps: Iterable[Stretch], span: Stretch, whole: Stretch) -> list[Stretch]:
    """Where one capture has nothing within `whole`: its gaps, and what is outside of its own `span`. In order."""
    outside = [(whole[0], span[0]), (span[1], whole[1])]
    return joined([*gaps, *((begin, end) for begin, end in outside if begin < end)])


def in_all(captures: Sequence[Sequence[Stretch]]) -> list[Stretch]:
    """The stretches that lie within one of each."""
    common = list(captures[0])
    for other in captures[1:]:
        common = [
            (max(one[0], two[0]), min(one[1], two[1]))
            for one in common
            for two in other
            if max(one[0], two[0]) < min(one[1], two[1])
        ]
    return joined(common)
