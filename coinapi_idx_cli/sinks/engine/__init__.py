"""A stream in an engine as a sink: several machines write one series."""
