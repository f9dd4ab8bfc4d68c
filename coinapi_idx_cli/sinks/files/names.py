"""Names of files from the time of receipt, in UTC. Pure."""

from __future__ import annotations

import re
import time

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.times import NS

FIELDS = "aAbBdFGHjmMRSTuUVwWyY%"  # of strftime(3), but none finer than a second, none with a blank or a slash
_FIELD = re.compile("%(.?)", re.DOTALL)
_LASTS_S = {"S": 1, "T": 1, "M": 60, "R": 60, "H": 3600}  # one name with that field; with any other a day or more
_MOST_STEPS = 1000
_STEPS_S = (1, 60, 3600, 86_400, 7 * 86_400, 31 * 86_400, 366 * 86_400)
_SLIPS_BACK_NS = 60 * NS  # values of two connections do not come in the order of their receipt


class FileName:
    """Such as `ticks-%Y-%m-%d.csv`. Raises UsageError for a field that is none."""

    def __init__(self, pattern: str) -> None:
        fields = _FIELD.findall(pattern)
        for field in fields:
            if not field or field not in FIELDS:
                raise UsageError(
                    f"--output {pattern}: %{field} is not a field of a file's name",
                    f"there are %{' %'.join(FIELDS)}; a percent sign is %%",
                )
        self.pattern = pattern
        self._lasts_s = min((seconds for field, seconds in _LASTS_S.items() if field in fields), default=86_400)

    def at(self, time_ns: int) -> str:
        return time.strftime(self.pattern, time.gmtime(time_ns // NS))

    def before(self, time_ns: int) -> list[str]:
        """The name before that one, if there was one: with it another run may still wait for its next value."""
        now = self.at(time_ns)
        for seconds in _STEPS_S:
            if (earlier := self.at(time_ns - seconds * NS)) != now:
                return [earlier]
        return []

    def during(self, from_ns: int, to_ns: int, elapsed_ns: int) -> list[str]:
        """The names that another run can have used between two moments of the wall clock, each once, in their order.

        `elapsed_ns` passed in fact. Where the clock was set meanwhile, there are names from before that and from after
        it, and none of the time that it skipped. Of more than `_MOST_STEPS` the last ones: a run that rotates that
        often is looked at more often than that.
        """
        times = [*self._steps(from_ns, from_ns + elapsed_ns), *self._steps(to_ns - elapsed_ns, to_ns)]
        return list(dict.fromkeys(map(self.at, times)))

    def _steps(self, from_ns: int, to_ns: int) -> range:
        step_ns = self._lasts_s * NS
        first, last = from_ns // step_ns, to_ns // step_ns
        return range(max(first, last - _MOST_STEPS + 1) * step_ns, last * step_ns + 1, step_ns)


class CurrentName:
    """The name for one value after the other.

    It does not go back for a value that was received a little before one that was written already, or a file that is
    complete would be opened again.
    """

    def __init__(self, name: FileName, now_ns: int) -> None:
        self._name = name
        self._at_ns = now_ns
        self.text = name.at(now_ns)

    def moves(self, received_ns: int) -> bool:
        """Whether a value of that time begins another file; `text` is that file's name then."""
        if received_ns // NS == self._at_ns // NS or 0 < self._at_ns - received_ns < _SLIPS_BACK_NS:
            return False
        self._at_ns = received_ns
        before, self.text = self.text, self._name.at(received_ns)
        return before != self.text
