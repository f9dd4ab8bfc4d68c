"""What JetStream is asked, and what its answers mean. Pure.

As in docs.nats.io, "JetStream wire API Reference": questions and answers are JSON.
"""

from __future__ import annotations

from typing import Any

import orjson
from msgspec import Struct

from coinapi_idx_cli.engine.wire import Delivery
from coinapi_idx_cli.errors import CredentialsError, IdxstreamError, NoConnectionError, RefusedError
from coinapi_idx_cli.protocol.blocks import BLOCK_BYTES

API = "$JS.API"
NOT_FOUND, NOT_ENABLED, NOT_ENABLED_HERE, WRONG_LAST = 10059, 10076, 10039, 10071
HEARTBEAT_S = 5
NS = 1_000_000_000
TAIL_S = 30  # of the stream, what a machine reads that begins
FORGOTTEN_AFTER_S = 30  # a consumer that nobody listens to
LARGEST_MESSAGE_BYTES = 2 * BLOCK_BYTES
EXPECTED_LAST, EXPECTED_STREAM = "Nats-Expected-Last-Sequence", "Nats-Expected-Stream"


class ApiError(Exception):
    """JetStream says no: its number for that, and its words."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} ({code})" if code else text)
        self.code = code
        self.text = text


class NotPermittedError(CredentialsError):
    """The credentials are good, and do not allow this."""


class StreamState(Struct, frozen=True):
    """A stream as it is. `last_time`: of its last message, as text; `config` as the server has it."""

    name: str
    created: str
    first: int
    last: int
    messages: int
    size_bytes: int
    last_time: str
    config: dict[str, Any]
    cluster: dict[str, Any]


def values_subject(stream: str) -> str:
    return f"{stream}.values"


def control_subject(stream: str) -> str:
    """Gaps, and who leaves the stream to others."""
    return f"{stream}.control"


def answer(delivery: Delivery) -> dict[str, Any]:
    """Raises ApiError."""
    if delivery.status.startswith("503"):
        raise ApiError(NOT_ENABLED, "nobody answers: JetStream is not enabled, or has no leader at the moment")
    try:
        fields = orjson.loads(delivery.data)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise ApiError(0, "the answer is not JSON")
    error = fields.get("error")
    if isinstance(error, dict):
        raise ApiError(int(error.get("err_code") or error.get("code") or 0), str(error.get("description", "error")))
    return fields


def stream_state(fields: dict[str, Any]) -> StreamState:
    state = fields.get("state", {})
    return StreamState(
        name=str(fields.get("config", {}).get("name", "")),
        created=str(fields.get("created", "")),
        first=int(state.get("first_seq", 0)),
        last=int(state.get("last_seq", 0)),
        messages=int(state.get("messages", 0)),
        size_bytes=int(state.get("bytes", 0)),
        last_time=str(state.get("last_ts", "")),
        config=dict(fields.get("config", {})),
        cluster=dict(fields.get("cluster") or {}),
    )


def settings_of(stream: str, *, replicas: int, max_age_s: float | None, max_bytes: int | None) -> dict[str, object]:
    """Of a stream that keeps the promise."""
    return {
        "name": stream,
        "description": "index values, written by idxstream",
        "subjects": [values_subject(stream), control_subject(stream)],
        "retention": "limits",
        "discard": "old",
        "storage": "file",
        "num_replicas": replicas,
        "max_age": round((max_age_s or 0) * NS),
        "max_bytes": -1 if max_bytes is None else max_bytes,
        "max_msgs": -1,
        "max_msgs_per_subject": -1,
        "max_msg_size": LARGEST_MESSAGE_BYTES,
        "max_consumers": -1,
        "deny_delete": True,
        "deny_purge": True,
        "allow_direct": True,
    }


def faults_of(state: StreamState) -> list[str]:
    """Why a stream cannot keep the promise."""
    config, stream = state.config, state.name
    wanted = {values_subject(stream), control_subject(stream)}
    subjects = set(config.get("subjects") or ())
    size = int(config.get("max_msg_size", -1))
    found = [
        (subjects != wanted, f"its subjects are not {' and '.join(sorted(wanted))}"),
        (config.get("retention") != "limits", "its retention is not by limits: what was read is deleted"),
        (config.get("discard") != "old", "it discards new messages when it is full"),
        (config.get("storage") != "file", "it is kept in memory"),
        (int(config.get("max_msgs_per_subject", -1)) > 0, "it keeps only some messages of each subject"),
        (0 <= size < LARGEST_MESSAGE_BYTES, f"it takes no messages of {LARGEST_MESSAGE_BYTES:,} bytes"),
        (bool(config.get("mirror") or config.get("sources")), "it copies another stream"),
        (not (config.get("deny_delete") and config.get("deny_purge")), "its messages can be deleted"),
        (bool(config.get("sealed")), "it is sealed"),
    ]
    return [text for is_so, text in found if is_so]


def consumer(stream: str, name: str, deliver_to: str, *, sequence: int | None, since: str | None) -> bytes:
    """A reader of the stream in its order, from a sequence or from a time (RFC 3339) on."""
    config: dict[str, object] = {
        "name": name,
        "deliver_subject": deliver_to,
        "deliver_policy": "all",
        "ack_policy": "none",
        "max_deliver": 1,
        "replay_policy": "instant",
        "flow_control": True,
        "idle_heartbeat": HEARTBEAT_S * NS,
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": FORGOTTEN_AFTER_S * NS,
    }
    if sequence is not None:
        config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": sequence}
    elif since is not None:
        config |= {"deliver_policy": "by_start_time", "opt_start_time": since}
    return orjson.dumps({"stream_name": stream, "config": config, "action": "create"})


def sequences(reply: str) -> tuple[int, int, int]:
    """Of a message of a consumer: in the stream, of the consumer, and how many are still to come. Raises ValueError."""
    words = reply.split(".")
    if len(words) >= 11 and words[:2] == ["$JS", "ACK"]:
        words = [*words[:2], *words[4:11]]
    if len(words) != 9 or words[:2] != ["$JS", "ACK"]:
        raise ValueError("it is not a message of a consumer")
    return int(words[5]), int(words[6]), int(words[8])


def meaning_of(error: ApiError, stream: str, server: str) -> IdxstreamError:
    """For the run: what ends it, or is worth another attempt."""
    match error.code:
        case 10059:
            hint = "make it with idxstream engine create, or check its name"
            return RefusedError(f"{server} has no stream {stream}", hint)
        case 10039:
            return RefusedError(f"{server} has no JetStream for this account", "enable it for the account")
        case 10076:
            return NoConnectionError(f"{server}: {error.text}", "start the server with JetStream (-js)")
        case _:
            return NoConnectionError(f"{server} says of the stream {stream}: {error.text}")


def not_permitted(text: str, server: str) -> NotPermittedError:
    return NotPermittedError(
        f"{server} does not permit it: {text}", "grant this user that subject, or use another user"
    )
