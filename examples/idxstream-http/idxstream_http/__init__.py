"""A format and a sink for idxstream."""
