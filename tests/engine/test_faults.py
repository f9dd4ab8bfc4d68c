"""The fault driver, for fifteen seconds of each seed."""

from __future__ import annotations

import pytest

from tests.engine.fault_driver import drive


@pytest.mark.slow
@pytest.mark.unmeasured
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_fails_each_index_is_exact_or_a_gap_is_recorded(seed: int) -> None:
    report = drive(seed, 15.0)
    assert report.wrong == []
    assert report.in_stream > 1000
