"""Sinks for URLs that come with idxstream: one module each, named as the scheme.

Each has a class `SINK`, made with the URL and a `SinkContext`. Nothing else lists them. stdout, pipes and files, which
have no scheme, are in `sinks.stream` and `sinks.files`.
"""
