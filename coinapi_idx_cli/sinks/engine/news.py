"""What a machine tells of its part in a stream, in words: once where it would be said again and again."""

from __future__ import annotations

from collections.abc import Mapping

from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.wording import plural

_ONCE = ("sites_differ", "missed", "engine_error")
_LINES = {
    "engine_connected": (Level.INFO, "connected to the engine {server}, NATS {version}"),
    "engine_lost": (Level.WARNING, "{error}; what comes meanwhile is kept"),
    "engine_error": (Level.WARNING, "the engine does not take a message: {error}; it is tried again"),
    "writing": (Level.INFO, "{name} writes the stream {stream}"),
    "standing_by": (Level.INFO, "{name} stands by"),
    "yielded": (Level.INFO, "{name} left the stream {stream} to others"),
    "refused_append": (Level.DEBUG, "another machine wrote message {sequence} of {stream}"),
    "missed": (Level.WARNING, "the machine that writes {stream} did not receive {counted} that came here"),
    "rolled_back": (
        Level.WARNING,
        (
            "the stream {stream} ends at {to} though {from} was acknowledged; what is missing is written again, "
            "as far as it is kept"
        ),
    ),
    "spooling": (Level.WARNING, "the engine does not take what comes: it is kept in {folder}"),
    "spool_drained": (Level.INFO, "all that was kept is in the stream {stream}"),
    "sites_differ": (
        Level.WARNING,
        (
            "the other machine's server sends different values of {counted}; one period may appear twice or be missing "
            "where another machine goes on"
        ),
    ),
}


class EngineNews:
    """Events of one engine, for the journal."""

    def __init__(self, stream: str, name: str, journal: Journal) -> None:
        self._about = {"stream": stream, "name": name}
        self._journal = journal
        self._is_lost = False
        self._said: set[str] = set()

    def tell(self, event: str, fields: Mapping[str, object]) -> None:
        level, words = _LINES[event]
        line = words.format_map({**fields, **self._about, "counted": _counted(fields)})
        self._journal.record(event, Level.INFO if self._is_repeated(event) else level, line, **self._about, **fields)

    def _is_repeated(self, event: str) -> bool:
        if event in ("engine_lost", "engine_connected"):
            was_lost, self._is_lost = self._is_lost, event == "engine_lost"
            return was_lost
        was_said = event in _ONCE and event in self._said
        self._said.add(event)
        return was_said


def _counted(fields: Mapping[str, object]) -> str:
    indexes, values = fields.get("indexes"), fields.get("values")
    if isinstance(indexes, list):
        return plural(len(indexes), "index")
    return plural(values, "value") if isinstance(values, int) else ""
