"""The formats that come with idxstream: one module each, named as `-f` and the suffix of a file name it.

Each has a class `FORMAT`. Nothing else lists them.
"""
