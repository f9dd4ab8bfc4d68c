"""Whether a capture is whole: what is missing in it, doubled, torn, out of order. In bounded memory. Pure.

The parts of the command `check`, which is not there yet: nothing uses them so far but their tests.
"""
