"""The README names each event that can stand in the event log: somebody filters by them."""

from __future__ import annotations

import re

from tests.test_architecture import PACKAGE

TOLD = re.compile(r"""\b_?(?:record|tell|warn)\(\s*"([a-z_]+)",""")


def test_the_readme_names_every_event() -> None:
    told = {event for path in PACKAGE.rglob("*.py") for event in TOLD.findall(path.read_text())}
    assert {"connecting", "gap", "repaired", "sites_differ", "stopped"} <= told
    (row,) = (line for line in (PACKAGE.parent / "README.md").read_text().splitlines() if "`--event-log PATH`" in line)
    assert told <= set(re.findall(r"`([a-z_]+)`", row))
