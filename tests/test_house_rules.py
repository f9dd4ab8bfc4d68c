"""The house rules for names and docstrings: a newcomer guesses what a thing is from its name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

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
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path, node in classes()
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_module_says_what_it_is_for() -> None:
    assert [str(path) for path, module in MODULES.items() if module.body and not ast.get_docstring(module)] == []


def test_no_module_is_named_by_a_participle() -> None:
    names = {path.stem for path in MODULES} - NO_PARTICIPLES
    assert [name for name in sorted(names) if name.split("_")[-1].endswith(PARTICIPLES)] == []


def test_modules_have_about_300_lines_at_most() -> None:
    lines = {str(path): len((PACKAGE / path).read_text().splitlines()) for path in MODULES}
    assert {path: count for path, count in lines.items() if count > ABOUT_300_LINES} == {}
