"""Whether a capture is whole: what is missing in it, doubled, torn, out of order. In bounded memory. Pure."""
