"""The house rules for names and docstrings: a newcomer guesses what a thing is from its name."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from re._parser import SubPattern, parse  # type: ignore[import-not-found]  # to ask what an expression is made of
from typing import Any

import coinapi_idx_cli

PACKAGE = Path(coinapi_idx_cli.__file__).parent
MODULES = {path.relative_to(PACKAGE): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
ABOUT_300_LINES = 320
# What a module is called when its job has no name: `written`, `overtaking`.
PARTICIPLES = ("ed", "ing")
NO_PARTICIPLES = {"keyring", "feed", "listing", "wording"}


def classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path, module in MODULES.items():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                yield path, node


def test_no_two_classes_have_the_same_name() -> None:
    homes = defaultdict(list)
    for path, node in classes():
        if not node.name.startswith("_"):
            homes[node.name].append(str(path))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_every_public_class_says_what_it_is() -> None:
    """In its first line; what its parameters are comes behind."""
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path, node in classes()
        if not node.name.startswith("_") and not re.match(r"[A-Z\d]", ast.get_docstring(node) or "")
    ]
    assert silent == []


# What reads as translated. A place that needs one of them names it in other words.
NOT_OUR_ENGLISH = re.compile(
    r"\banew\b|\bof one's own\b|\bwhat stands\b|\bstands before\b|\bwas told\b|\bis no (?:UTF|news)", re.IGNORECASE
)


def test_texts_are_plain_english() -> None:
    pages = {**{PACKAGE / path: None for path in MODULES}, **dict.fromkeys((PACKAGE.parent / "docs").glob("*.md"))}
    pages[PACKAGE.parent / "README.md"] = None
    found = {path.name: NOT_OUR_ENGLISH.findall(path.read_text()) for path in pages}
    assert {name: words for name, words in found.items() if words} == {}


CANNOT_BACKTRACK = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}


def can_backtrack(parsed: Iterable[Any]) -> bool:
    """Whether Python before 3.11.5 may match a possessive repeat of that wrongly (gh-106052, gh-100061)."""
    return any(
        can_backtrack(argument[2]) if str(operation) == "POSSESSIVE_REPEAT" else str(operation) not in CANNOT_BACKTRACK
        for operation, argument in parsed
    )


def possessive_repeats(parsed: Iterable[Any]) -> Iterator[Any]:
    """What is repeated so, at any depth."""
    for operation, argument in parsed:
        if str(operation) == "POSSESSIVE_REPEAT":
            yield argument[2]
        for part in argument if isinstance(argument, (list, tuple)) else ():
            for inner in part if isinstance(part, list) else [part]:
                if isinstance(inner, SubPattern):
                    yield from possessive_repeats(inner)


def test_possessive_repeats_are_of_what_cannot_backtrack() -> None:
    """Debian 12 has Python 3.11.2."""
    assert can_backtrack(parse(r"a++|b"))
    assert list(map(can_backtrack, possessive_repeats(parse(r"x(?:a|b++)*+")))) == [True, False]
    texts = {
        node.value if isinstance(node.value, str) else node.value.decode("latin-1")
        for module in MODULES.values()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    }
    patterns = [text for text in texts if re.search(r"[\])*+?}][*+?}]\+|\(\?>", text) and "\n" not in text]
    assert len(patterns) >= 5
    found = [text for text in patterns if any(map(can_backtrack, possessive_repeats(parse(text)))) or "(?>" in text]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    assert [str(path) for path, module in MODULES.items() if module.body and not ast.get_docstring(module)] == []


def test_no_module_is_named_by_a_participle() -> None:
    names = {path.stem for path in MODULES} - NO_PARTICIPLES
    assert [name for name in sorted(names) if name.split("_")[-1].endswith(PARTICIPLES)] == []


def test_modules_have_about_300_lines_at_most() -> None:
    lines = {str(path): len((PACKAGE / path).read_text().splitlines()) for path in MODULES}
    assert {path: count for path, count in lines.items() if count > ABOUT_300_LINES} == {}
