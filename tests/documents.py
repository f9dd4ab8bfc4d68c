"""The pages that people read: README.md, and docs/."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
ALL_PAGES = "\n".join(PAGES.values())
README = PAGES["README.md"]


def blocks(language: str) -> list[str]:
    """All blocks of code in that language, page by page."""
    return [
        text
        for kind, text in re.findall(r"^```(\w*)\n(.*?)^```$", ALL_PAGES, re.DOTALL | re.MULTILINE)
        if kind == language
    ]
