"""The command `idxstream`, which is also `python -m coinapi_idx_cli`."""

import gc
import os
import signal
import sys
from contextlib import suppress
from typing import TextIO, cast

LAST_LINES_S = 0.5  # for a reader of stderr that is behind
LAST_LINES_AFTER_SIGNAL_S = 0.15  # a stop may take 2 s in all


def main() -> None:
    """Ends the process."""
    # Until a command catches signals, Ctrl-C ends the process as it ends any other: there is nothing to write yet, and
    # a KeyboardInterrupt in the middle of an import has been seen to crash. So this comes before all other imports.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in what a script starts with `&`
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if os.getpid() == 1:
        _end_by_signals()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # asks for statistics, which there are later
    gc.disable()  # until a command begins: a tenth of the start went into looking for garbage among modules
    from coinapi_idx_cli.cli import run
    from coinapi_idx_cli.terminal.stderr import Stderr

    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # closed, or no file of the system's
            sys.stderr = cast(TextIO, Stderr(sys.stderr.fileno(), sys.stderr.encoding))
    code = run(sys.argv[1:])
    _let_go(sys.stdout)
    if isinstance(sys.stderr, Stderr):
        sys.stderr.finish(LAST_LINES_S if code <= 128 else LAST_LINES_AFTER_SIGNAL_S)
    sys.exit(code)


def _end_by_signals() -> None:
    """In a container: what signals do by default, the kernel does to any process but the first one."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda number, _: os._exit(128 + number))


def _let_go(stream: TextIO | None) -> None:
    """What a full disk or a closed terminal did not take, Python would try to write again, and end with its own 120."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except ValueError:  # closed before
        return


if __name__ == "__main__":
    main()
