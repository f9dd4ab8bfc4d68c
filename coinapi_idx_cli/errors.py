"""The error tree and the exit-code table.

    IdxstreamError                exit
      UsageError                  2   a bad option, value or combination
      CredentialsError            3   no key, or the server refused it
      RefusedError                4   the server, or its certificate, says no for good
      NoConnectionError           5   nothing reached the server in the time allowed
        ConnectionLostError           this attempt or connection ended; another may do better
          CreditsUsedUpError          another does better when there are credits again, which may take a day
      OutputError                 6   disk full, no permission
        FileInUseError                another run writes to it
      CountNotReachedError        8   another stop came before -n values
      ReaderGoneError             141 the program that read our output ended
        TerminalGoneError         129 the terminal that the output was on was closed

Every error carries one line that says what happened to what, and a hint that says what to do. Whoever raises it says
which class it is; `exit_code_for` is the only place that turns an exception into a number.
"""

from __future__ import annotations

from enum import IntEnum

# Without a key only a server on this machine is asked, and for it nobody looks into the keyring.
SET_A_KEY = "set COINAPI_KEY, or --api-key-file; the keyring is not asked for a server on this machine"


class ExitCode(IntEnum):
    """What the process returns."""

    OK = 0
    BUG = 1
    USAGE = 2
    CREDENTIALS = 3
    REFUSED = 4
    NO_CONNECTION = 5
    OUTPUT = 6
    NOT_WHOLE = 7
    COUNT_NOT_REACHED = 8
    SIGHUP = 129
    SIGINT = 130
    SIGQUIT = 131
    READER_GONE = 141
    SIGTERM = 143


# The manual page and docs/options.md are made from it.
WHEN = {
    ExitCode.OK: "a stop that was asked for",
    ExitCode.BUG: "a bug",
    ExitCode.USAGE: "usage: unknown option, bad value, no ids, a glob that matches nothing, "
    "a proxy that cannot be used, `-f table` without a terminal",
    ExitCode.CREDENTIALS: "credentials: none, or refused",
    ExitCode.REFUSED: "refused for good at the start: an error of the server, a redirect, no WebSocket or no list of "
    "indexes there, a certificate that does not verify, or is demanded",
    ExitCode.NO_CONNECTION: "no connection within `--give-up-after`, or ended under `--reconnect never`; "
    "no list of indexes available; doctor: no heartbeat, no value",
    ExitCode.OUTPUT: "output: disk full, no permission, file locked by another run, other columns there",
    ExitCode.NOT_WHOLE: "check: the record is not whole",
    ExitCode.COUNT_NOT_REACHED: "`-n` values did not come before another stop that was asked for",
    ExitCode.SIGHUP: "SIGHUP (without `-o` and `--event-log`), after all was written; "
    "the terminal that stdout or the table was on was closed, whatever `-o` says",
    ExitCode.SIGINT: "SIGINT, after all was written",
    ExitCode.SIGQUIT: "SIGQUIT, after all was written",
    ExitCode.READER_GONE: "the reader of stdout went away (`| head`)",
    ExitCode.SIGTERM: "SIGTERM, after all was written",
}


class IdxstreamError(Exception):
    """The root of all errors that are not bugs.

    `what` happened to what, and a `hint` that says what to do about it.

    `is_refusal`: the server was reached, and did not want this connection. `retry_after_s`: it asked for that much
    patience.
    """

    exit_code = ExitCode.BUG
    is_refusal = False
    retry_after_s: float | None = None

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what.rstrip('.')}; {self.hint}" if self.hint else self.what


class UsageError(IdxstreamError):
    """The command line, or a setting, asks for something that cannot be done."""

    exit_code = ExitCode.USAGE


class CredentialsError(IdxstreamError):
    """There is not a key, or the server refused it."""

    exit_code = ExitCode.CREDENTIALS
    is_refusal = True


class RefusedError(IdxstreamError):
    """The server refused for good, and not because of the key."""

    exit_code = ExitCode.REFUSED
    is_refusal = True


class NoConnectionError(IdxstreamError):
    """No connection could be made, or it ended and no other follows."""

    exit_code = ExitCode.NO_CONNECTION


class ConnectionLostError(NoConnectionError):
    """This connection, or this attempt at one, ended.

    `close_code` is the code of the server's close frame (RFC 6455, 7.4), if one came.
    """

    def __init__(
        self,
        what: str,
        hint: str = "",
        *,
        retry_after_s: float | None = None,
        close_code: int | None = None,
        is_refusal: bool = False,
    ) -> None:
        super().__init__(what, hint)
        self.retry_after_s = retry_after_s
        self.close_code = close_code
        self.is_refusal = is_refusal


class CreditsUsedUpError(ConnectionLostError):
    """The credits or the quota of the key are used up. The key is good, and they come back by themselves."""


class OutputError(IdxstreamError):
    """The output cannot be written."""

    exit_code = ExitCode.OUTPUT


class FileInUseError(OutputError):
    """Another run writes to `path`."""

    def __init__(self, path: str, pid: int | None) -> None:
        """`pid`: of the other run, 0 or None if it is not known here."""
        super().__init__(
            f"{path} is being written by another run" + (f", process {pid}" if pid else ""),
            "stop that run, name another file, or wait for it with --wait-lock",
        )
        self.path = path
        self.pid = pid


class CountNotReachedError(IdxstreamError):
    """Another stop came before the values that -n asked for."""

    exit_code = ExitCode.COUNT_NOT_REACHED


class ReaderGoneError(IdxstreamError):
    """The reader of stdout went away."""

    exit_code = ExitCode.READER_GONE


class TerminalGoneError(ReaderGoneError):
    """The terminal that the output is on was closed: as SIGHUP, whichever of the two is noticed first."""

    exit_code = ExitCode.SIGHUP


def exit_code_for(error: BaseException) -> ExitCode:
    """The process's exit code for an error that ended the run."""
    return error.exit_code if isinstance(error, IdxstreamError) else ExitCode.BUG
