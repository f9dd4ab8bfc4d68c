"""Which rules have become true. Pure: time is an argument."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from coinapi_idx_cli.protocol.alert_rules import AlertKind, AlertRule
from coinapi_idx_cli.protocol.batch import Batch
from coinapi_idx_cli.protocol.moves import Window
from coinapi_idx_cli.protocol.value_texts import value_text

LEVEL_PART = 0.001  # of a level: so far on the other side it is false again
MOVE_PART = 0.5  # of a move: so much less it is false again


class Alert(Struct, frozen=True):
    """A rule that has become true.

    `value`: the very text that came; `time`: the feed's, of the value that did it, or of the last one before. Both are
    empty where there was none.
    """

    rule: str
    index_id: str = ""
    value: str = ""
    time: str = ""


class _Watched:
    """A rule, and whether it was true last."""

    def __init__(self, rule: AlertRule, now: float) -> None:
        self.rule = rule
        self.is_true = False
        self.window = Window(rule.seconds) if rule.kind is AlertKind.MOVES else None
        self.last_s = now  # of a value
        self.last: tuple[bytes, str] | None = None  # its message and its time

    def becomes_true(self, value: float, now: float) -> bool:
        """With that value; told once, until it was false."""
        was_true, self.is_true = self.is_true, self._is_true(value, now)
        return self.is_true and not was_true

    def alert(self) -> Alert:
        """That it has become true."""
        message, time = self.last or (b"", "")
        return Alert(self.rule.text, self.rule.index_id, value_text(message) if message else "", time)

    def _is_true(self, value: float, now: float) -> bool:
        level, slack = self.rule.level, abs(self.rule.level) * LEVEL_PART
        if self.rule.kind is AlertKind.ABOVE:
            return value > level or (self.is_true and value > level - slack)
        if self.rule.kind is AlertKind.BELOW:
            return value < level or (self.is_true and value < level + slack)
        if self.window is None:
            return False  # it is about silence, and here is a value
        self.window.add(value, now)
        return self.window.move(value) >= (level * (1 - MOVE_PART) if self.is_true else level)


class Alerts:
    """Watches the values of a run. `now` is seconds of the monotonic clock."""

    def __init__(self, rules: Iterable[AlertRule], now: float) -> None:
        watched = [_Watched(rule, now) for rule in rules]
        self._gap_rules = [each.rule.text for each in watched if each.rule.kind is AlertKind.GAP]
        self._silences = [each for each in watched if each.rule.kind is AlertKind.SILENT]
        self._by_id: dict[str, list[_Watched]] = {}
        for each in watched:
            if each.rule.kind is not AlertKind.GAP:
                self._by_id.setdefault(each.rule.index_id, []).append(each)

    def see(self, batch: Batch, now: float) -> list[Alert]:
        """The values and gaps of a batch, in order."""
        alerts = [
            Alert(rule, time=str((note.beside or {}).get("time_coinapi_from") or ""))
            for note in batch.notes
            if note.kind == "gap"
            for rule in self._gap_rules
        ]
        by_id = self._by_id
        for position, value in enumerate(batch.values):
            if value.index_id not in by_id:
                continue
            for each in by_id[value.index_id]:
                each.last_s = now
                is_new = each.becomes_true(value.value, now)
                if is_new or each.rule.kind is AlertKind.SILENT:
                    each.last = batch.texts[position], value.time_coinapi
                if is_new:
                    alerts.append(each.alert())
        return alerts

    def tick(self, now: float) -> list[Alert]:
        """Those about silence."""
        alerts = []
        for each in self._silences:
            if not each.is_true and now >= each.last_s + each.rule.seconds:
                each.is_true = True
                alerts.append(each.alert())
        return alerts

    def next_due_s(self) -> float:
        """When `tick` has to be called at the latest."""
        return min(
            (each.last_s + each.rule.seconds for each in self._silences if not each.is_true), default=float("inf")
        )
