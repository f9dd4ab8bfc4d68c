"""RFC 6455 frames, only as far as speed needs: runs of the one kind that carries nearly all of the feed.

Control frames, fragments, binary, large and masked frames are the library's work (`connection`).
"""

from __future__ import annotations

FINAL_TEXT = 0x81  # FIN set, no reserved bit, opcode 1 (RFC 6455, 5.2)
LENGTH_IN_NEXT_TWO_BYTES = 126


def cut_text_frames(buffer: bytes, position: int) -> tuple[list[bytes], int]:
    """The payloads of the complete, final, unmasked text frames of up to 64 KiB that stand from `position` on.

    Returns them and where the first thing stands that is no such frame, or not complete yet.
    """
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
    """Whether more bytes could make of what stands at `position` a frame that `cut_text_frames` takes."""
    if position >= len(buffer):
        return True
    if buffer[position] != FINAL_TEXT:
        return False
    return position + 1 == len(buffer) or buffer[position + 1] <= LENGTH_IN_NEXT_TWO_BYTES
