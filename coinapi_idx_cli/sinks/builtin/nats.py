"""`-o nats://HOST[:PORT][,HOST…]/STREAM`: a stream in an engine."""

from __future__ import annotations

from coinapi_idx_cli.sinks.engine.engine_sink import EngineSink

SINK = EngineSink
