"""What one step found."""

from __future__ import annotations

from msgspec import Struct

from coinapi_idx_cli.errors import ConnectionLostError, ExitCode, IdxstreamError

TRY_LATER = "try again later; if it persists, add --report FILE and send that file to support"


class Finding(Struct, frozen=True):
    """What a check says. `seconds`: if it is not simply how long the check took. `error`: why it failed."""

    detail: str
    hint: str = ""
    seconds: float | None = None
    error: IdxstreamError | None = None


class NotTriedError(Exception):
    """The check could not be made, or need not: the text says why."""


class Step(Struct, frozen=True):
    """One step of the examination, as it turned out.

    `ok` None: neither good nor bad, as it was not tried or does not matter. `code`: of the process, if it is bad.
    """

    name: str
    ok: bool | None
    seconds: float | None
    detail: str
    hint: str
    code: ExitCode = ExitCode.OK

    @property
    def is_warning(self) -> bool:
        return self.ok is True and bool(self.hint)


def step_of(name: str, finding: Finding, took_s: float, advice: str) -> Step:
    """`advice`: what to do when it failed and the error does not say."""
    seconds = took_s if finding.seconds is None else finding.seconds
    error = finding.error
    if error is None:
        return Step(name, ok=True, seconds=seconds, detail=finding.detail, hint=finding.hint)
    hint = error.hint or advice_of(error) or advice
    return Step(name, ok=False, seconds=seconds, detail=error.what, hint=hint, code=error.exit_code)


def advice_of(error: IdxstreamError) -> str:
    """What the server itself wants us to do."""
    wait_s = error.retry_after_s if isinstance(error, ConnectionLostError) else None
    return f"wait for {wait_s:.0f} s, as it asks" if wait_s is not None else ""


def failed(error: IdxstreamError, seconds: float | None = None) -> Finding:
    return Finding("", seconds=seconds, error=error)
