"""The steps of `--engine`: from the server's name to a chain that is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

from coinapi_idx_cli.doctor.examination import Check, steps_of
from coinapi_idx_cli.doctor.step import Finding, NotTriedError, Step, failed
from coinapi_idx_cli.engine.conversation import EngineConversation
from coinapi_idx_cli.engine.jetstream import (
    EXPECTED_LAST,
    EXPECTED_STREAM,
    WRONG_LAST,
    ApiError,
    answer,
    faults_of,
    values_subject,
)
from coinapi_idx_cli.engine.report import report_of
from coinapi_idx_cli.engine.target import EngineTarget
from coinapi_idx_cli.errors import CredentialsError, RefusedError
from coinapi_idx_cli.wording import plural

NEVER_REACHED = 1 << 62
VERIFIED = 100  # messages
CHECK_SERVER = "check the URL, the network, and whether the server runs"
CHECK_STREAM = "make it with idxstream engine create"


class EngineExamination:
    """Of one engine; `steps` can be walked through once. Nothing is written to its stream."""

    def __init__(self, target: EngineTarget) -> None:
        self._target = target
        self._conversation: EngineConversation | None = None

    def steps(self, announce: Callable[[str], None]) -> Iterator[Step]:
        """Each as soon as it is over; `announce` gets the name of the one that begins."""
        with closing(self):
            yield from steps_of(self._checks(), announce)

    def close(self) -> None:
        if self._conversation is not None:
            self._conversation.link.close()

    def _checks(self) -> list[Check]:
        return [
            Check("engine", (), self._connect, CHECK_SERVER),
            Check("stream", ("engine",), self._stream, CHECK_STREAM),
            Check("writing", ("stream",), self._writing, CHECK_SERVER),
            Check("chain", ("stream",), self._chain, CHECK_SERVER),
        ]

    def _connect(self) -> Finding:
        conversation = self._conversation = EngineConversation(self._target)
        info = conversation.link.info
        secure = "with TLS" if conversation.link.is_secure else "without TLS"
        return Finding(f"{conversation.link.name}, NATS {info.get('version')}, {secure}")

    def _stream(self) -> Finding:
        state = self._open().state()
        if faults := faults_of(state):
            return failed(RefusedError(f"{state.name} cannot keep the promise: {'; '.join(faults)}", CHECK_STREAM))
        replicas = plural(int(state.config.get("num_replicas", 1)), "replica")
        return Finding(
            f"{state.name} holds {plural(state.messages, 'message')}, {state.size_bytes:,} bytes, {replicas}"
        )

    def _writing(self) -> Finding:
        """On a condition that is never met, so that nothing is written."""
        stream = self._target.stream
        headers = {EXPECTED_STREAM: stream, EXPECTED_LAST: str(NEVER_REACHED)}
        try:
            answer(self._open().ask(values_subject(stream), b"", headers=headers))
        except ApiError as error:
            if error.code == WRONG_LAST:
                return Finding("this user may write")
            return failed(RefusedError(f"the stream takes no message: {error.text}", "see the server's log"))
        except CredentialsError as error:
            raise NotTriedError(f"this user may only read: {error.what}") from None
        return failed(RefusedError("the stream took a message on a condition that it does not meet", "see its server"))

    def _chain(self) -> Finding:
        if self._conversation is not None and self._conversation.has_failed:
            self.close()
            self._conversation = EngineConversation(self._target)
        report = report_of(self._open(), VERIFIED)
        if report.breaks:
            what = f"the chain is not whole: {report.breaks[0]}"
            return failed(RefusedError(what, "let nobody but capture machines write to the stream"))
        if report.last_block is None:
            return Finding("nothing was written yet")
        writer = report.writer or "nobody"
        last = f"{report.behind_s:g} s ago"
        return Finding(f"whole over the last {plural(report.verified, 'message')}; {writer} writes, last value {last}")

    def _open(self) -> EngineConversation:
        if self._conversation is None:
            raise NotTriedError("waits for: engine")
        return self._conversation
