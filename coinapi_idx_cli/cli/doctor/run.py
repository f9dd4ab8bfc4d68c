"""From the options of `doctor` to its exit code: the case, the steps as they come, the report."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from coinapi_idx_cli.catalogue.complete import all_indexes
from coinapi_idx_cli.catalogue.match import is_pattern
from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.catalogue.short_names import ShortNames, as_whole, needs_list
from coinapi_idx_cli.cli.doctor.render import page_for
from coinapi_idx_cli.cli.doctor.report_file import report_path, write_report
from coinapi_idx_cli.cli.indexes.fetch import index_list
from coinapi_idx_cli.cli.options.connection_settings import check_key, check_rest_key
from coinapi_idx_cli.cli.options.resolve import FoundKey
from coinapi_idx_cli.cli.reporter import Reporter
from coinapi_idx_cli.cli.signals import not_ignored
from coinapi_idx_cli.doctor.case import WELL_KNOWN_ID, Case, Key
from coinapi_idx_cli.doctor.engine import EngineExamination
from coinapi_idx_cli.doctor.examination import Examination
from coinapi_idx_cli.doctor.report import report
from coinapi_idx_cli.engine.target import EngineTarget
from coinapi_idx_cli.errors import CredentialsError, ExitCode, IdxstreamError, UsageError
from coinapi_idx_cli.net.proxies import proxy_for
from coinapi_idx_cli.net.server import Server
from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.net.urls import is_loopback
from coinapi_idx_cli.terminal.one_line import is_index_id

NO_KEY = "none was found"


class DoctorSettings(Struct, frozen=True):
    """What the options say; the URLs are checked, and empty for the demo. `shape` is "table" or "ndjson"."""

    url: str
    url_origin: str
    rest_url: str
    settings_problem: UsageError | None
    find_key: Callable[[], FoundKey]
    demo: bool
    auth: str
    trust: Trust | None
    allow_plaintext: bool
    timeout_s: float
    index_id: str | None
    report: Path | None
    shape: str


def examine(asked: DoctorSettings, reporter: Reporter) -> int:
    """The exit code. Raises UsageError, OutputError and ReaderGoneError; what a step finds is not raised."""
    _check_index_id(asked.index_id)
    with ExitStack() as stack:
        stack.enter_context(_interruptible())
        path = report_path(asked.report) if asked.report is not None else None
        case = stack.enter_context(_demo_case(asked)) if asked.demo else _case(asked)
        case = _with_whole_id(case, reporter)
        _hide_passwords(case, reporter)
        examination = Examination(case)
        with closing(page_for(asked.shape, reporter, os.environ)) as page:
            steps = []
            for step in examination.steps(page.begin):
                steps.append(step)
                page.show(step)
            if path is not None:
                text = report(case, steps, examination.answer, os.environ)
                write_report(path, "".join(f"{_clean(line, reporter)}\n" for line in text.split("\n")))
            page.sum_up(steps)
        return next((step.code for step in steps if step.ok is False), ExitCode.OK)


def examine_engine(target: EngineTarget, shape: str, reporter: Reporter) -> int:
    """The same of an engine."""
    with _interruptible(), closing(page_for(shape, reporter, os.environ)) as page:
        steps = []
        for step in EngineExamination(target).steps(page.begin):
            steps.append(step)
            page.show(step)
        page.sum_up(steps)
    return next((step.code for step in steps if step.ok is False), ExitCode.OK)


def _clean(line: str, reporter: Reporter) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))]
    return indent + reporter.clean(line)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C clears up behind itself; a second one does not wait for that."""

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    before = [(number, signal.signal(number, interrupt)) for number in not_ignored(signal.SIGINT)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _check_index_id(index_id: str | None) -> None:
    if index_id is not None and (is_pattern(index_id) or not is_index_id(index_id)):
        raise UsageError(f"{index_id!r} is not an index id", f"give one, such as {WELL_KNOWN_ID}")


def _case(asked: DoctorSettings) -> Case:
    key = _key(asked)
    rest = RestServer(asked.rest_url, key.key, asked.trust, asked.timeout_s, asked.allow_plaintext)
    return Case(
        url=asked.url,
        url_origin=asked.url_origin,
        key=key,
        auth=asked.auth,
        rest=rest,
        index_id=asked.index_id,
        trust=asked.trust,
        allow_plaintext=asked.allow_plaintext,
        timeout_s=asked.timeout_s,
        list_problem=_list_problem(rest),
    )


def _with_whole_id(case: Case, reporter: Reporter) -> Case:
    """With the id that a short name means. Raises UsageError."""
    name = case.index_id
    if name is None or not needs_list(name):
        return case
    try:
        ids = all_indexes(case.rest) if is_loopback(case.rest.host) else None
        names = ShortNames(ids if ids is not None else index_list(case.rest, reporter).ids)
    except IdxstreamError as error:
        what = f"cannot look up the short name {name!r}: {error.what}"
        raise UsageError(what, f"give the whole id, such as {WELL_KNOWN_ID}") from error
    whole = names.meant(name)
    if whole is None and needs_list(as_whole(name)):
        raise names.unknown(name)
    return replace(case, index_id=whole or as_whole(name))


@contextmanager
def _demo_case(asked: DoctorSettings) -> Iterator[Case]:
    from coinapi_idx_cli.simulator import SIMULATOR, Simulator

    with Simulator(seed=None, forget_closed=True, server=SIMULATOR) as simulator:
        rest = RestServer(simulator.rest_url, None, None, asked.timeout_s)
        yield Case(
            url=simulator.url,
            url_origin="a simulator in this process",
            key=Key(None, "--demo needs none"),
            auth=asked.auth,
            rest=rest,
            index_id=asked.index_id,
            timeout_s=asked.timeout_s,
        )


def _key(asked: DoctorSettings) -> Key:
    """Raises UsageError when two flags name one."""
    if asked.settings_problem is not None:
        return Key(None, "not looked for", asked.settings_problem)
    about: list[str] = []
    try:
        key, warnings, notes = asked.find_key()
        about = [*warnings, *notes]
        check_key(asked.url, key)
    except CredentialsError as error:
        what = f"{error.what} ({'; '.join(about)})" if about else error.what
        return Key(None, NO_KEY, CredentialsError(what, error.hint))
    return Key(key, key.origin if key is not None else NO_KEY, None, tuple(about))


def _list_problem(rest: RestServer) -> CredentialsError | None:
    try:
        check_rest_key(rest.url, rest.api_key)
    except CredentialsError as error:
        return error
    return None


def _hide_passwords(case: Case, reporter: Reporter) -> None:
    """A proxy may echo the one it got."""
    servers: tuple[Server, ...] = (case.feed, case.rest)
    for server in servers:
        try:
            proxy = proxy_for(server.host, server.port, secure=server.secure)
        except UsageError:
            continue  # a step tells it
        if proxy is not None and proxy.credentials is not None:
            reporter.hide(proxy.credentials[1])
