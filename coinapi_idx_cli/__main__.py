"""The command `idxstream`, which is also `python -m coinapi_idx_cli`."""

import gc
import signal
import sys


def main() -> None:
    """Ends the process."""
    # Until a command catches signals, Ctrl-C ends the process as it ends any other: there is nothing to write yet, and
    # a KeyboardInterrupt in the middle of an import has been seen to crash. So this comes before all other imports.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # asks for statistics, which there are later
    gc.disable()  # until a command begins: a tenth of the start went into looking for garbage among modules
    from coinapi_idx_cli.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
