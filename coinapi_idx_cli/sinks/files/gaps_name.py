"""Where the record of gaps of an `-o` is kept, and which files it speaks of. Pure.

One record serves all files of a rotated series, so its name is what their names have in common.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from coinapi_idx_cli.sinks.files.suffixes import COMPRESSIONS, OF_NO_FORMAT, suffixes_of

SUFFIX = ".gaps.ndjson"
WITHOUT_A_NAME = "gaps.ndjson"
_FIELD_OR_TEXT = re.compile(r"%(?P<field>.?)|[^%]+", re.DOTALL)
_JOINTS = "-_."

# What strftime(3) writes for each field that a file's name may have. Names of days and months depend on the locale.
_TEXTS_OF_FIELDS = {
    **dict.fromkeys("aAbB", r"[^/]+?"),
    **dict.fromkeys("dHmMSUVWy", r"[0-9]{2}"),
    **dict.fromkeys("GY", r"[0-9]{4}"),
    "F": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "R": r"[0-9]{2}:[0-9]{2}",
    "T": r"[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "j": r"[0-9]{3}",
    "u": r"[1-7]",
    "w": r"[0-6]",
    "%": "%",
}
# A complete file may have been renamed, as logrotate does, and compressed.
_ROTATED = r"(?:\.[0-9]+|[-.][0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[-_.T]?[0-9]+)?)?"
_COMPRESSED = f"(?i:{'|'.join(map(re.escape, COMPRESSIONS))})?"


def gaps_path(output: str) -> str:
    """Of `d/btc-%Y.csv.gz` and of `d/btc.csv`: `d/btc.gaps.ndjson`. Of `d/%Y.csv`: `d/gaps.ndjson`."""
    fixed, has_field = _before_the_first_field(output)
    folder, slash, name = fixed.rpartition("/")
    if not has_field:
        name = _without_suffixes(name)
    name = name.rstrip(_JOINTS)
    return folder + slash + (name + SUFFIX if name else WITHOUT_A_NAME)


def can_be_of(path_from_record: str, output: str) -> bool:
    """Whether a run with `-o output` can have written a file.

    `path_from_record` is the file's path as seen from the folder of the record of gaps: a run names its output from the
    folder that it was started in, which nobody knows later.
    """
    expression = _expression(_behind_the_folder_of_the_record(output))
    return expression is not None and re.fullmatch(expression, path_from_record, re.DOTALL) is not None


def _before_the_first_field(output: str) -> tuple[str, bool]:
    """The part of a path that no time changes, and whether any other part follows it."""
    fixed = ""
    for part in _FIELD_OR_TEXT.finditer(output):
        if part["field"] is None:
            fixed += part[0]
        elif part["field"] == "%":
            fixed += "%"
        else:
            return fixed, True
    return fixed, False


def _without_suffixes(name: str) -> str:
    """`btc` of `btc.csv.gz`, of `btc.csv.1`, and of `btc.gz`."""
    suffixes = suffixes_of(name)
    if suffixes.format and suffixes.format not in OF_NO_FORMAT:
        *_, last = re.finditer(re.escape(suffixes.format), name, re.IGNORECASE)
        return name[: last.start()]
    return name[: len(name) - len(suffixes.compression)]


def _behind_the_folder_of_the_record(output: str) -> str:
    """Folders in front of the first field hold the record, too; a percent sign in them may be written twice."""
    folders_before = _before_the_first_field(output)[0].count("/")
    return "/".join(output.split("/")[folders_before:])


def _expression(pattern: str) -> str | None:
    """None for a pattern with a field that no name has."""
    parts = []
    for part in _FIELD_OR_TEXT.finditer(pattern):
        text = re.escape(part[0]) if part["field"] is None else _TEXTS_OF_FIELDS.get(part["field"])
        if text is None:
            return None
        parts.append(text)
    already = suffixes_of(PurePath(pattern).name).compression in COMPRESSIONS
    return "".join(parts) + _ROTATED + ("" if already else _COMPRESSED)
