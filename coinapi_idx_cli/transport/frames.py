"""RFC 6455 frames, only as far as speed needs: runs of the one kind that carries nearly all of the feed.

Control frames, fragments, binary, large and masked frames are the library's work (`connection`).
"""

from __future__ import annotations

from contextlib import suppress

FINAL_TEXT = 0x81  # FIN set, no reserved bit, opcode 1 (RFC 6455, 5.2)
LENGTH_IN_NEXT_TWO_BYTES = 126
LONGEST_QUICK_BYTES = 1024  # longer messages are rare, and cut one by one
A_FEW_BYTES = 1024  # some messages, which are quicker cut one by one

_MARK = bytes([FINAL_TEXT])
_HALF_OF_129 = bytes([LENGTH_IN_NEXT_TWO_BYTES, 0])


def _length_bytes(size: int) -> bytes:
    """The length field of a frame that has `size` bytes of length field and payload; a mark, which never follows a
    mark, where there is no such frame."""
    if 0 < size <= LENGTH_IN_NEXT_TWO_BYTES:
        return bytes([size - 1])
    if size - 3 >= LENGTH_IN_NEXT_TWO_BYTES:
        return bytes([LENGTH_IN_NEXT_TWO_BYTES]) + (size - 3).to_bytes(2, "big")
    return _MARK


_LENGTH_BYTES = [_length_bytes(size) for size in range(LONGEST_QUICK_BYTES)]


def cut_text_frames(buffer: bytes, position: int) -> tuple[list[bytes], int]:
    """The payloads of the complete, final, unmasked text frames of up to 64 KiB from `position` on.

    Returns them and where the first thing begins that is not such a frame, or not complete yet.
    """
    # Behind an odd frame others may be: to look at all the rest again for each would be quadratic.
    if position or len(buffer) <= A_FEW_BYTES:
        return _cut_one_by_one(buffer, position)
    frames, position = _cut_at_marks(buffer)
    more_frames, position = _cut_one_by_one(buffer, position)
    return frames + more_frames, position


def _cut_at_marks(buffer: bytes) -> tuple[list[bytes], int]:
    """All frames but the last, without a step of Python's a frame; none where there is anything else among them.

    The first byte of a frame does not occur in ASCII text. So what is between two of them is a length and a payload
    if it is exactly as long as that length says. If all are, no other way to cut exists.

    What does not begin with the length that it should have stays as long as it is: then the sum is wrong.
    """
    if not buffer.startswith(_MARK):
        return [], 0
    _, *pieces = buffer.split(_MARK)
    if _HALF_OF_129 in pieces:
        pieces = _joined_where_a_length_is_a_mark(pieces)
    last = pieces.pop()
    try:
        lengths = list(map(_LENGTH_BYTES.__getitem__, map(len, pieces)))
    except IndexError:
        return [], 0
    frames = list(map(bytes.removeprefix, pieces, lengths))
    end = len(buffer) - len(last) - len(_MARK)
    if end != len(frames) * len(_MARK) + len(b"".join(lengths)) + len(b"".join(frames)):
        return [], 0
    return frames, end


def _joined_where_a_length_is_a_mark(pieces: list[bytes]) -> list[bytes]:
    """129 bytes, a common size, are written as 126, 0, 0x81."""
    joined: list[bytes] = []
    begin, last = 0, len(pieces) - 1
    with suppress(ValueError):
        while True:
            half = pieces.index(_HALF_OF_129, begin, last)
            joined += pieces[begin:half]
            joined.append(_HALF_OF_129 + _MARK + pieces[half + 1])
            begin = half + 2
    return joined + pieces[begin:]


def _cut_one_by_one(buffer: bytes, position: int) -> tuple[list[bytes], int]:
    frames: list[bytes] = []
    append = frames.append
    end = len(buffer)
    while position + 2 <= end and buffer[position] == FINAL_TEXT:
        length = buffer[position + 1]
        start = position + 2
        if length >= LENGTH_IN_NEXT_TWO_BYTES:
            if length > LENGTH_IN_NEXT_TWO_BYTES or position + 4 > end:
                break
            length = buffer[position + 2] << 8 | buffer[position + 3]
            start = position + 4
        stop = start + length
        if stop > end:
            break
        append(buffer[start:stop])
        position = stop
    return frames, position


def is_text_frame_start(buffer: bytes, position: int) -> bool:
    """Whether more bytes could make of what is at `position` a frame that `cut_text_frames` takes."""
    if position >= len(buffer):
        return True
    if buffer[position] != FINAL_TEXT:
        return False
    return position + 1 == len(buffer) or buffer[position + 1] <= LENGTH_IN_NEXT_TWO_BYTES
