"""What can be made to go wrong with answers about the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class RestHabits:
    """How all answers about the past are.

    `order`: of the items; "usual" is newest first for values and oldest first for bars. `at_most`: items in an answer,
    whatever the limit. `keeps`: which values are given where there are too many. `coding`: "asked" is chunked when
    large, and gzipped if the client accepts it; the others are whatever the client accepts. `is_end_included`: items of
    `time_end` itself, too. `null_bars`: a period without values is a bar of nulls instead of nothing.
    """

    order: Literal["usual", "ascending", "descending", "shuffled"] = "usual"
    at_most: int = 100_000
    keeps: Literal["newest", "oldest"] = "newest"
    coding: Literal["asked", "plain", "gzip", "chunked", "gzip chunked"] = "asked"
    is_end_included: bool = False
    null_bars: bool = False


@dataclass(frozen=True, slots=True)
class RestFault:
    """What happens to one answer.

    `status`: instead of the right answer, with `headers` and an error of that `text`. `wait_s`: before it.
    `cut_after`: the connection ends after this share of the body, `how` it ends. `pause_s`: between ten parts of it.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    wait_s: float = 0.0
    cut_after: float | None = None
    how: Literal["fin", "rst"] = "fin"
    pause_s: float = 0.0
