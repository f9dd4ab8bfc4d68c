"""What a test needs of the machine."""

from __future__ import annotations

import shutil

import pytest


def installed(name: str) -> str:
    """The shell's name, or the test is skipped."""
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name
