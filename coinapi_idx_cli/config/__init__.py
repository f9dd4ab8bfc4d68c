"""The settings file, as data: what is in it, and what is in force of it. Knows neither options nor terminals.

place     where it is
document  what stands in it
names     which names may stand in it, and what kind of value each takes
merged    a profile over the top level, each value with its origin
"""
