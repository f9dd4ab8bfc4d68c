"""What comes again and again is reported at first, and then counted: on stderr and in the event log alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coinapi_idx_cli.journal import Level
from coinapi_idx_cli.wording import plural

AT_FIRST = 50  # of a kind are reported: an hour of restarts in full
AT_FIRST_IF_FOREIGN = {"malformed": 1, "unknown_message": 1}  # a server can send a million a second
EVERY_S = 60.0  # from then on one is reported once in this time, with the number of those in between
LOOK_EVERY_S = 1.0
KINDS_AT_MOST = 20  # of one event: a server can make up as many as it likes
_NAMED_BY = {"malformed": "why", "unknown_message": "type"}
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Counted:
    """What was only counted of a kind. `line` is that of the last one, `detail` what makes it one of its kind: the
    `why` of a message that does not decode, the `type` of one that is not known, empty for kinds thrown together.
    """

    event: str
    level: Level
    count: int
    line: str
    detail: str

    @property
    def text(self) -> str:
        """Names what was counted, so that several such lines in a row can be distinguished."""
        messages = plural(self.count, "more message")
        match self.event:
            case "malformed":
                fail = "does not decode" if self.count == 1 else "do not decode"
                return f"{messages} that {fail} ({self.detail or 'various reasons'})"
            case "unknown_message":
                return f"{messages} of an unknown type ({self.detail or 'various types'})"
            case _:
                return f"{self.count:,} more like this: {self.line}"

    @property
    def fields(self) -> dict[str, object]:
        """For the event log."""
        name = _NAMED_BY.get(self.event)
        return {"more": self.count} | ({name: self.detail} if name and self.detail else {})


class _Kind:
    def __init__(self, at_most: float, now: float) -> None:
        self.level = Level.DEBUG
        self.line = self.detail = ""  # of the last one
        self.counted = 0  # since one was reported
        self._at_most = self._left = at_most  # so many may be reported
        self._looked_s = self._told_s = now

    def has_one_left(self, now: float) -> bool:
        self._left = min(self._at_most, self._left + (now - self._looked_s) / EVERY_S)
        self._looked_s = now
        return self._left >= 1.0

    def is_quiet(self, now: float) -> bool:
        return now - self._told_s >= EVERY_S

    def tell(self, now: float) -> int:
        self._left -= 1.0
        self._told_s = now
        counted, self.counted = self.counted, 0
        return counted


class Flood:
    """Decides what is reported and what is only counted, by kind. `now` is in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], _Kind] = {}
        self._look_s = 0.0  # for counts that are due

    def admit(self, event: str, level: Level, line: str, fields: Mapping[str, object], now: float) -> int | None:
        """If this one is to be reported, how many before it were only counted; None if it is counted, too."""
        kind = self._kind_of(event, fields, now)
        kind.level, kind.line = level, line
        if not kind.has_one_left(now):
            kind.counted += 1
            return None
        return kind.tell(now)

    def due(self, now: float) -> Iterator[Counted]:
        """What was only counted, of kinds that have been quiet since."""
        if now < self._look_s:
            return
        self._look_s = now + LOOK_EVERY_S
        for (event, _), kind in list(self._kinds.items()):  # the event log's thread has warnings, too
            if kind.counted and kind.is_quiet(now):
                yield Counted(event, kind.level, kind.tell(now), kind.line, kind.detail)

    def rest(self) -> Iterator[Counted]:
        """All numbers that were not reported."""
        return self.due(float("inf"))

    def _kind_of(self, event: str, fields: Mapping[str, object], now: float) -> _Kind:
        detail = str(fields.get("why") or fields.get("type") or "")[:80]
        key = (event, _NUMBERS.sub("", detail))  # "… (byte 17)" is the same as "… (byte 23)"
        if key not in self._kinds and sum(known == event for known, _ in list(self._kinds)) >= KINDS_AT_MOST:
            key, detail = (event, ""), ""
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _Kind(AT_FIRST_IF_FOREIGN.get(event, AT_FIRST), now)
        kind.detail = detail
        return kind
