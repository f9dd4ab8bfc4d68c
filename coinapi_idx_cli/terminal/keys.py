"""What was typed, from the bytes that a terminal sends. Pure."""

from __future__ import annotations

import codecs

ESCAPE_S = 0.05  # after that an Esc was a key of its own, and not the begin of another key's bytes

_NAMED = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b[H": "home",
    "\x1b[F": "end",
    "\x1bOH": "home",
    "\x1bOF": "end",
    "\x1b[1~": "home",
    "\x1b[4~": "end",
    "\x1b[7~": "home",
    "\x1b[8~": "end",
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\x08": "backspace",
}
_LONGEST = 32  # bytes of a key; what is longer is none


class Keys:
    """Makes keys of bytes: a character, or a name such as `page up`. `now` is seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._begun = ""  # of an escape sequence
        self._begun_s = 0.0

    def add(self, data: bytes, now: float) -> list[str]:
        """The keys that are complete by now."""
        keys: list[str] = []
        for character in self._decoder.decode(data):
            if self._begun:
                keys += self._go_on(character, now)
            elif character == "\x1b":
                self._begun, self._begun_s = character, now
            elif character in _NAMED or character.isprintable():
                keys.append(_NAMED.get(character, character))
        return keys

    def due_s(self) -> float:
        """When an Esc that nothing followed is a key."""
        return self._begun_s + ESCAPE_S if self._begun else float("inf")

    def tick(self, now: float) -> list[str]:
        """The Esc, if its time is over."""
        if now < self.due_s():
            return []
        is_key, self._begun = self._begun == "\x1b", ""
        return ["escape"] if is_key else []

    def _go_on(self, character: str, now: float) -> list[str]:
        if character == "\x1b":
            is_key, self._begun, self._begun_s = self._begun == "\x1b", character, now
            return ["escape"] if is_key else []
        self._begun += character
        if self._begun in ("\x1b[", "\x1bO"):
            return []
        if self._begun.startswith("\x1b[") and not "@" <= character <= "~" and len(self._begun) < _LONGEST:
            return []
        text, self._begun = self._begun, ""
        return [_NAMED[text]] if text in _NAMED else []
