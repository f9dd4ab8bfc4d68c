"""All that a plug-in needs, and all that keeps its meaning from one version to the next; the README tells how."""

from coinapi_idx_cli.errors import OutputError, UsageError
from coinapi_idx_cli.formats.base import Output, OutputContext, Sink
from coinapi_idx_cli.protocol.batch import Batch, IndexValue, Note
from coinapi_idx_cli.protocol.status import State, Status
from coinapi_idx_cli.protocol.value_texts import value_texts

__all__ = [
    "Batch",
    "IndexValue",
    "Note",
    "Output",
    "OutputContext",
    "OutputError",
    "Sink",
    "State",
    "Status",
    "UsageError",
    "value_texts",
]
