"""Names of files from the time of receipt, in UTC. Pure."""

from __future__ import annotations

import re
import time

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.protocol.times import NS

FIELDS = "aAbBdFGHjmMRSTuUVwWyY%"  # of strftime(3), but none finer than a second, none with a blank or a slash
_FIELD = re.compile("%(.?)", re.DOTALL)
_STEPS_S = (1, 60, 3600, 86_400, 7 * 86_400, 31 * 86_400, 366 * 86_400)
_SLIPS_BACK_NS = 60 * NS  # values of two connections do not come in the order of their receipt


class FileName:
    """Such as `ticks-%Y-%m-%d.csv`. Raises UsageError for a field that is none."""

    def __init__(self, pattern: str) -> None:
        for field in _FIELD.findall(pattern):
            if not field or field not in FIELDS:
                raise UsageError(
                    f"--output {pattern}: %{field} is no field of a file's name",
                    f"there are %{' %'.join(FIELDS)}; a percent sign is %%",
                )
        self.pattern = pattern

    def at(self, time_ns: int) -> str:
        return time.strftime(self.pattern, time.gmtime(time_ns // NS))

    def before(self, time_ns: int) -> list[str]:
        """The name before that one, if there was one: with it another run may still wait for its next value."""
        now = self.at(time_ns)
        for seconds in _STEPS_S:
            if (earlier := self.at(time_ns - seconds * NS)) != now:
                return [earlier]
        return []

    def between(self, from_ns: int, to_ns: int) -> list[str]:
        """All names of that time, each once, the oldest first."""
        return list(dict.fromkeys(self.at(second * NS) for second in range(from_ns // NS, to_ns // NS + 1)))


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
