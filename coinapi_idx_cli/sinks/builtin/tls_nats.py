"""`-o tls+nats://…`: the same, with TLS from the first byte that matters."""

from __future__ import annotations

from coinapi_idx_cli.sinks.engine.engine_sink import EngineSink

SINK = EngineSink
