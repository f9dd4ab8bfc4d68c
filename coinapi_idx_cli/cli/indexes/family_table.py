"""The table of index ids: a heading for each family, below it the ids in as many columns as there is room for."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from coinapi_idx_cli.wording import plural

MEANINGS = {
    "IDX_REFRATE_PRIMKT": "principal market price",
    "IDX_REFRATE_VWAP": "24-hour volume-weighted price",
    "IDX_VOL_CAPIVIX": "30-day implied volatility",
}
OTHERS = "others"
PARTS_OF_A_FAMILY = 3
GAP = 2


def table(ids: Sequence[str]) -> str:
    """For the terminal that stdout is."""
    width = shutil.get_terminal_size().columns
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=width)
    for name, members in groupby(sorted(ids, key=_order), family):
        together = list(members)
        console.print(_heading(name, len(together)), soft_wrap=True)
        page.write("".join(f"{line}\n" for line in _lines(together, width)) + "\n")
    return page.getvalue().removesuffix("\n")


def family(index_id: str) -> str:
    """`IDX_REFRATE_PRIMKT` of `IDX_REFRATE_PRIMKT_BTC_USD`."""
    parts = index_id.split("_")
    return "_".join(parts[:PARTS_OF_A_FAMILY]) if len(parts) > PARTS_OF_A_FAMILY else OTHERS


def _order(index_id: str) -> tuple[bool, str, str]:
    name = family(index_id)
    return name == OTHERS, name, index_id


def _heading(name: str, count: int) -> Text:
    meaning = f"{MEANINGS[name]}, " if name in MEANINGS else ""
    return Text.assemble((name, "bold"), (f"  {meaning}{plural(count, 'index')}", "dim"))


def _lines(ids: Sequence[str], width: int) -> Iterator[str]:
    column = max(map(len, ids)) + GAP
    across = max(1, (width - GAP) // column)
    for start in range(0, len(ids), across):
        row = ids[start : start + across]
        yield " " * GAP + "".join(index_id.ljust(column) for index_id in row).rstrip()
