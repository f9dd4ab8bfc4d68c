"""WebSocket frames as a server sends them: unmasked (RFC 6455, 5.2)."""

from __future__ import annotations

from collections.abc import Sequence

_FINAL = 0x80
_CONTINUATION, _TEXT, _BINARY, _CLOSE = 0x0, 0x1, 0x2, 0x8
_SHORT, _MEDIUM = 126, 1 << 16


def _header(opcode: int, length: int, final: bool) -> bytes:
    first = bytes((opcode | (_FINAL if final else 0),))
    if length < _SHORT:
        return first + bytes((length,))
    if length < _MEDIUM:
        return first + b"\x7e" + length.to_bytes(2, "big")
    return first + b"\x7f" + length.to_bytes(8, "big")


_TEXT_HEADERS = tuple(_header(_TEXT, length, final=True) for length in range(512))


def text_frame(payload: bytes) -> bytes:
    """A complete text message; the payload is not checked to be UTF-8."""
    length = len(payload)
    return (_TEXT_HEADERS[length] if length < len(_TEXT_HEADERS) else _header(_TEXT, length, final=True)) + payload


def binary_frame(payload: bytes) -> bytes:
    """A complete binary message."""
    return _header(_BINARY, len(payload), final=True) + payload


def fragmented_text(parts: Sequence[bytes]) -> list[bytes]:
    """One text message in as many frames as there are parts (RFC 6455, 5.4)."""
    last = len(parts) - 1
    return [
        _header(_CONTINUATION if number else _TEXT, len(part), final=number == last) + part
        for number, part in enumerate(parts)
    ]


def close_frame(code: int, reason: str) -> bytes:
    """A close frame (RFC 6455, 5.5.1)."""
    payload = code.to_bytes(2, "big") + reason.encode()
    return _header(_CLOSE, len(payload), final=True) + payload
