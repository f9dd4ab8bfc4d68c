"""The public API for plug-ins: formats (`idxstream.formats.v1`) and sinks (`idxstream.sinks.v1`); see docs/plugins.md.

What is here keeps its meaning within v1. Everything else in this package may change with any version.
"""

from coinapi_idx_cli.errors import OutputError, ReaderGoneError, UsageError
from coinapi_idx_cli.formats.base import Format, FormatContext
from coinapi_idx_cli.journal import Journal, Level
from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.value_texts import value_texts
from coinapi_idx_cli.sinks.base import Sink, SinkContext

__all__ = [
    "Batch",
    "Format",
    "FormatContext",
    "IndexValue",
    "Journal",
    "Level",
    "Note",
    "OutputError",
    "ReaderGoneError",
    "Sink",
    "SinkContext",
    "UsageError",
    "value_texts",
]
