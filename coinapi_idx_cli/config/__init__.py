"""The settings file, as data: what is in it, and what is in force of it. Knows neither options nor terminals.

place           where it is
document        what it says
names           which names it may have, and what kind of value each takes
profile_choice  a profile over the top level, each value with its origin
"""
