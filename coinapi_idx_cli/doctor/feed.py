"""The steps `heartbeat`, `ping` and `first value`, on one connection that is opened as the feed's."""

from __future__ import annotations

import time
from collections.abc import Callable

from coinapi_idx_cli.doctor.case import ANOTHER_KNOWN_ID, WELL_KNOWN_ID, Case
from coinapi_idx_cli.doctor.conversation import Conversation, HeardValue
from coinapi_idx_cli.doctor.list_step import Missing
from coinapi_idx_cli.doctor.step import Finding, NotTriedError
from coinapi_idx_cli.errors import NoConnectionError, UsageError
from coinapi_idx_cli.protocol.times import parse_utc_ns
from coinapi_idx_cli.wording import plural, time_taken

OTHERS_SHOWN = 3


class FeedSteps:
    """The steps `heartbeat`, `ping` and `first value`, on one connection of the feed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._conversation: Conversation | None = None
        self._was_alive = False  # beyond the first step

    def heartbeat(self) -> Finding:
        """Raises what kept the connection from living, NoConnectionError when it is silent."""
        limit_s = self._case.limits.heartbeat_s
        self._conversation = conversation = Conversation(self._case.target(self._case.auth), self._case.index_id)
        conversation.open()
        is_alive = conversation.listen(limit_s, lambda: conversation.heard.is_alive)
        if not is_alive:
            what = f"{conversation.probe.target.name}: no heartbeat and no value within {limit_s:g} s of the hello"
            raise NoConnectionError(
                what + (f", but {_malformed(conversation)}" if conversation.heard.malformed else "")
            )
        self._was_alive = True
        came = "a value" if conversation.heard.values else "a heartbeat"
        return Finding(
            f"{came} {time_taken(conversation.heard.first_s or 0)} after the hello", _about_malformed(conversation)
        )

    def ping(self) -> Finding:
        """Raises NoConnectionError."""
        conversation = self._living()
        started_s = time.monotonic()
        payload = conversation.probe.send_ping()
        timeout_s = self._case.timeout_s
        if not conversation.listen(timeout_s, lambda: conversation.probe.pong_s(payload) is not None):
            raise NoConnectionError(f"{conversation.probe.target.name} did not answer a ping within {timeout_s:g} s")
        round_trip_s = (conversation.probe.pong_s(payload) or started_s) - started_s
        return Finding(f"answered in {time_taken(round_trip_s)}", seconds=round_trip_s)

    def first_value(self, missing: Callable[[str], Missing | None]) -> Finding:
        """`missing`: looks for an index in the list. Raises NoConnectionError, UsageError."""
        index_id, limits = self._case.index_id, self._case.limits
        if index_id is None:
            raise NotTriedError("no index given: idxstream doctor INDEX_ID")
        conversation = self._living()
        if index_id not in conversation.heard.first:
            unlisted = missing(index_id)
            if unlisted is not None and unlisted.is_certain:
                raise UsageError(f"the simulator has no index {index_id}", unlisted.nearest)
            # A list may be older than an index, but nobody waits long for one that it lacks.
            limit_s = limits.value_s if unlisted is None else limits.heartbeat_s
            if not conversation.listen(limit_s, lambda: index_id in conversation.heard.first):
                raise self._quiet(conversation, index_id, limit_s, unlisted)
        first = conversation.heard.first[index_id]
        return Finding(_told(first), _about_malformed(conversation), first.after_s)

    def _quiet(
        self, conversation: Conversation, index_id: str, limit_s: float, unlisted: Missing | None
    ) -> NoConnectionError:
        beats = conversation.heard.heartbeats
        alive = f"but {beats} heartbeat{'s' if beats > 1 else ''}" if beats else "and no heartbeat"
        if conversation.heard.values:
            alive = f"but of {', '.join(sorted(conversation.heard.first)[:OTHERS_SHOWN])}, which were not asked for"
        what = f"no value of {index_id} within {limit_s:g} s, {alive}"
        if unlisted is not None:
            return NoConnectionError(f"{what}; it is not in the list of indexes", unlisted.nearest)
        another = ANOTHER_KNOWN_ID if index_id == WELL_KNOWN_ID else WELL_KNOWN_ID
        hint = f"it may be quiet, or not in the key's subscription: try another, such as {another}"
        return NoConnectionError(what, hint)

    def close(self) -> None:
        if self._conversation is not None:
            self._conversation.drop()

    def _living(self) -> Conversation:
        conversation = self._conversation
        if conversation is None or conversation.error is not None:
            raise NotTriedError("the connection had ended before" if self._was_alive else "waits for: heartbeat")
        return conversation


def _told(first: HeardValue) -> str:
    value = first.value
    text = f"{value.index_id} {value.value!r} of {value.time_coinapi}"
    sent_ns = parse_utc_ns(value.time_coinapi)
    if sent_ns is None:
        return f"{text}, which is not a time in UTC"
    return f"{text}, latency {(first.time_received_ns - sent_ns) / 1e6:.0f} ms by this clock"


def _about_malformed(conversation: Conversation) -> str:
    return (
        f"{_malformed(conversation)} came; watch --event-log PATH keeps such messages"
        if conversation.heard.malformed
        else ""
    )


def _malformed(conversation: Conversation) -> str:
    count = conversation.heard.malformed
    return plural(count, "malformed message")
