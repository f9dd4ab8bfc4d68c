"""Large figures, to be read across a room: three lines high. Pure."""

from __future__ import annotations

_FIGURES = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▀█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    ".": (" ", " ", "▀"),
    "-": ("   ", "▀▀▀", "   "),
    "+": ("   ", "▀█▀", "   "),
    "e": ("   ", "█▀█", "▀▀▀"),
}


def large(text: str, width: int) -> list[str]:
    """Three lines, or one with the text itself where it has no room or another character."""
    if not all(character in _FIGURES for character in text):
        return [text]
    lines = [" ".join(_FIGURES[character][line] for character in text) for line in range(3)]
    return lines if len(lines[0]) <= width else [text]
