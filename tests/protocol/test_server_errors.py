"""What the close frame means that answers the first message."""

from __future__ import annotations

import pytest

from coinapi_idx_cli.errors import ConnectionLostError, CreditsUsedUpError, IdxstreamError, RefusedError
from coinapi_idx_cli.protocol.server_errors import meaning_of_close


def closed(code: int | None, reason: str = "") -> ConnectionLostError:
    return ConnectionLostError(f"host:443 closed the connection: {reason or code}", close_code=code)


def test_a_connection_without_a_close_frame_is_lost_as_it_was() -> None:
    error = closed(None)
    assert meaning_of_close(error, 100) is error


def test_a_hello_that_is_too_large_is_not_sent_again() -> None:
    error = meaning_of_close(closed(1009), 1_234_567)
    assert type(error) is RefusedError
    assert "1,234,567 bytes" in str(error)
    assert error.hint == "watch fewer indexes, or all of them with --all"


@pytest.mark.parametrize("reason", ["Quota exceeded", "no CREDITS left"])
def test_credits_that_are_used_up_are_told_by_the_reason(reason: str) -> None:
    error = meaning_of_close(closed(1008, reason), 100)
    assert isinstance(error, CreditsUsedUpError)
    assert (error.close_code, error.is_refusal) == (1008, True)


@pytest.mark.parametrize(
    ("code", "is_refusal"), [(1000, True), (1001, False), (1008, True), (1011, False), (1012, False), (4001, True)]
)
def test_an_accident_of_the_server_is_not_a_refusal(code: int, is_refusal: bool) -> None:
    error: IdxstreamError = meaning_of_close(closed(code), 100)
    assert isinstance(error, ConnectionLostError)
    assert not isinstance(error, CreditsUsedUpError)
    assert (error.close_code, error.is_refusal) == (code, is_refusal)
    assert str(error).endswith("in answer to the hello")
