"""Which tests start processes: read from their code, and checked while they run.

A test has the marker `process` if its code, a fixture, a parameter or a helper under tests/ that it uses names
something that starts one. Nobody has to keep that up to date: a test without the marker that starts a process fails.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from importlib import import_module
from types import CodeType, FunctionType, MethodType, ModuleType

import pytest

STARTING_MODULES = {"subprocess", "multiprocessing"}
STARTING_CALLS = {"fork", "forkpty", "posix_spawn", "posix_spawnp", "spawn", "system", "popen"}  # of os and pty
STARTING_EVENTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}  # that Python audits

_harmless: dict[int, object] = {}  # from which no process is within reach: many tests share their helpers


def uses(item: pytest.Function) -> list[object]:
    """The test's code, its fixtures and its parameters."""
    fixtures = [fixture.func for named in item._fixtureinfo.name2fixturedefs.values() for fixture in named]
    return [item.obj, *fixtures, *(item.callspec.params.values() if hasattr(item, "callspec") else ())]


def can_start_a_process(parts: list[object]) -> bool:
    """Whether something that starts a process is within reach of them."""
    read: dict[int, object] = {}
    unread = list(parts)
    while unread:
        part = unread.pop()
        if id(part) in read or id(part) in _harmless:
            continue
        read[id(part)] = part
        if isinstance(part, FunctionType) and _is_of_tests(part.__module__):
            if _names_a_starter(part):
                return True
            unread += _named_by(part)
        else:
            unread += _within(part)
    _harmless.update(read)
    return False


class Guard:
    """Notes each process that this one starts."""

    def __init__(self) -> None:
        self.started: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in STARTING_EVENTS:
            self.started.append(f"{event}{arguments}")


def _within(part: object) -> Iterable[object]:
    """What else may be called where that is used."""
    if isinstance(part, type):
        return [value for base in part.__mro__ if _is_of_tests(base.__module__) for value in vars(base).values()]
    if isinstance(part, (MethodType, classmethod, staticmethod)):
        return [part.__func__]
    if isinstance(part, property):
        return [part.fget]
    if isinstance(part, partial):
        return [part.func, *part.args]
    if isinstance(part, dict):
        return part.values()
    return part if isinstance(part, (list, tuple)) else [type(part)]


def _named_by(function: FunctionType) -> Iterator[object]:
    names = set(_names(function.__code__))
    for value in _resolved(names, function):
        if isinstance(value, ModuleType):
            yield from (vars(value)[name] for name in names & vars(value).keys() if _is_of_tests(value.__name__))
        else:
            yield value
    yield from (cell.cell_contents for cell in function.__closure__ or ())
    if hasattr(function, "hypothesis"):  # decorated with @given
        yield function.hypothesis.inner_test


def _names_a_starter(function: FunctionType) -> bool:
    names = set(_names(function.__code__))
    modules = {value.__name__ for value in _resolved(names, function) if isinstance(value, ModuleType)}
    return bool(modules & STARTING_MODULES) or bool(modules & {"os", "pty"} and names & STARTING_CALLS)


def _resolved(names: set[str], function: FunctionType) -> Iterator[object]:
    """The globals of these names, and the modules that are imported within the function."""
    yield from (function.__globals__[name] for name in names & function.__globals__.keys())
    yield from (import_module(name) for name in names if name in STARTING_MODULES or name.startswith("tests."))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_of_tests(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]
