"""How long a Tab takes in a real shell with a full list of indexes."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from tests.bench.runs import RunFailedError

TABS = 5


def tab_ms(shell: str, ids: int) -> float:
    """Milliseconds from the key to the completed id on the screen, the median of some; a first one is not counted."""
    from tests.completions.shells import KILL_LINE, Shell, write_index_list  # here: pyte, which only this needs

    if which(shell) is None:
        raise RunFailedError(f"{shell} is not installed")
    names = [f"IDX_REFRATE_VWAP_{number:05}_USD" for number in range(ids)]
    with TemporaryDirectory() as folder:
        home = Path(folder)
        write_index_list(home / "cache", names)
        running = Shell(shell, home)
        with running.terminal as terminal:
            taken_s = []
            for name in names[: TABS + 1]:
                begin = name.removesuffix("_USD")
                terminal.forget()
                terminal.type(f"{KILL_LINE}idxstream watch {begin}")
                terminal.wait_for(begin)
                pressed_s = time.monotonic()
                terminal.type("\t")
                terminal.wait_for(name)
                taken_s.append(time.monotonic() - pressed_s)
            return statistics.median(taken_s[1:]) * 1e3
