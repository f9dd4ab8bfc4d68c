"""A compressed file whose last member is too large to be looked at when it is opened: a thread reads all of it."""

from __future__ import annotations

import threading
from pathlib import Path

from coinapi_idx_cli.sinks.files.encodings import TornError, decoded_to, packing_for


class Doubt:
    """Whether the first `size` bytes are whole members, while others are written behind them."""

    def __init__(self, path: str, size: int) -> None:
        self.torn: str | None = None  # why they are not
        self._is_abandoned = False
        threading.Thread(target=self._read, args=(path, size), name="reading", daemon=True).start()

    def abandon(self) -> None:
        """Nobody wants to know any more."""
        self._is_abandoned = True

    def _read(self, path: str, size: int) -> None:
        try:
            with Path(path).open("rb") as file:
                for _, whole_bytes in decoded_to(packing_for(path), file):
                    if whole_bytes >= size or self._is_abandoned:
                        return
            self.torn = "it ends within a member"
        except TornError as error:
            self.torn = str(error)
        except OSError:  # it was moved, or its disk is in trouble, as the next write will tell
            pass
