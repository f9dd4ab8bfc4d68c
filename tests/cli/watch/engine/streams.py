"""What is in a stream of a real engine."""

from __future__ import annotations

from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.target import EngineCredentials, parse_target
from coinapi_idx_cli.protocol.blocks import StreamBlock
from tests.engine.nats_server import NatsServer


def create(server: NatsServer, stream: str, credentials: EngineCredentials | None = None) -> str:
    """Make it; its URL."""
    url = f"{server.url}/{stream}"
    with EngineConversation(parse_target("-o", url, credentials=credentials)) as conversation:
        conversation.create(replicas=1, max_age_s=None, max_bytes=None)
    return url


def blocks_in(url: str) -> list[StreamBlock]:
    with EngineConversation(parse_target("-o", url)) as conversation:
        state = conversation.state()
        return [conversation.message(sequence)[0] for sequence in range(max(1, state.first), state.last + 1)]


def texts_in(url: str) -> list[str]:
    return [line.decode() for block in blocks_in(url) for line in block.lines()]
