"""What a format is: a pure function from batches to bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.journal import Journal, SilentJournal
from coinapi_idx_cli.protocol.batch import Batch, IndexValue


class FormatContext(Struct, frozen=True):
    """What a format is asked for on the command line and in the settings."""

    fields: tuple[str, ...] | None = None  # --fields; None: the format's own default
    header: bool = True  # --header/--no-header
    include: frozenset[str] = frozenset()  # --include: the kinds of notes to write
    settings: Mapping[str, Any] = {}
    journal: Journal = SilentJournal()


class Format(ABC):
    """Turns batches into bytes. Keeps no more state than the bytes need, opens nothing, and waits for nothing."""

    name: ClassVar[str]  # what `-f` and the suffix of a file call it
    summary: ClassVar[str]  # its line in the help
    suffixes: ClassVar[tuple[str, ...]] = ()  # of files, besides the name: "jsonl"
    notes: ClassVar[frozenset[str]] = frozenset()  # which kinds of --include it has lines for
    shows_receipt: bool = True  # bytes may tell when values came: then they are not gathered for long before a file
    is_text: ClassVar[bool] = False  # on a terminal, control characters are shown instead of obeyed

    def __init__(self, context: FormatContext) -> None:
        """Raises UsageError for what the format cannot do."""
        self.context = context

    def head(self) -> bytes:
        """What goes at the top of stdout and of each file. Nothing, if not overridden."""
        return b""

    @abstractmethod
    def encode(self, batch: Batch) -> bytes:
        """The bytes of a batch: whole lines, nothing if there is nothing to write. Raises UsageError."""

    def check(self, batch: Batch) -> None:  # noqa: B027
        """Raises UsageError if `encode` would. For a batch that is held back, so that the error shows at once."""

    def values_of(self, lines: list[bytes]) -> list[IndexValue]:  # noqa: ARG002
        """The values that lines of this format hold; lines that somebody else wrote are skipped. For --wait-lock.

        Called from another thread, too. Raises UsageError if the lines do not say which value they are.
        """
        raise UsageError(f"--wait-lock does not work with -f {self.name}", "use -f ndjson or -f csv")
