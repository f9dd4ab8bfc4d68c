"""docs/connection.md names each event that can be in the event log: somebody filters by them."""

from __future__ import annotations

import re

from tests.documents import PAGES
from tests.test_architecture import PACKAGE

TOLD = re.compile(r"""\b_?(?:record|[Tt]ell|warn|log)\(\s*"([a-z_]+)",""")


def test_the_documentation_names_every_event() -> None:
    told = {event for path in PACKAGE.rglob("*.py") for event in TOLD.findall(path.read_text())}
    assert {"connecting", "gap", "repaired", "sites_differ", "stopped"} <= told
    rows = re.findall(r"^\| (`.*?`) \|", PAGES["docs/connection.md"], re.MULTILINE)
    assert told == {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
