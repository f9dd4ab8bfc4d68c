"""What a check finds: a kind, a place, and words for it. Pure."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field


class FindingKind(StrEnum):
    """What may be wrong with a record."""

    TORN = "torn"  # a file ends within a line, or within a member
    UNDECODABLE = "undecodable"  # a line is not a value
    COLUMNS = "columns"  # a row has other columns than its header, or the header is not one of values
    COMPRESSION = "compression"  # what is in a file is not what its name promises
    GAP = "gap"  # nothing was received, or written, for a while
    DOUBLED = "doubled"  # lines appear a second time
    BACKWARDS = "backwards"  # the values of an index go back in time


class RecordFinding(Struct, frozen=True):
    """One thing that is wrong with a record.

    `line` counts from 1 in `file`, of what is decompressed. `details` is what else a program wants to know.
    """

    kind: FindingKind
    file: str
    words: str
    line: int | None = None
    details: dict[str, object] = field(default_factory=dict)
