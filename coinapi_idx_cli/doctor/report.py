"""All that support needs to know, as text: the surroundings, the settings, every step in full. No key, no password."""

from __future__ import annotations

import os
import platform
import ssl
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from coinapi_idx_cli import __version__
from coinapi_idx_cli.doctor.case import Case
from coinapi_idx_cli.doctor.step import Step
from coinapi_idx_cli.net.urls import bare_url
from coinapi_idx_cli.transport.probe import Answer
from coinapi_idx_cli.wording import time_taken

LIBRARIES = ("typer", "websocket-client", "msgspec", "orjson", "rich", "urllib3", "websockets", "python-socks")
PROXY_VARIABLES = ("https_proxy", "http_proxy", "all_proxy")
LOOKS = ("TERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "SSL_CERT_FILE", "SSL_CERT_DIR")
SECRET_HEADERS = ("cookie", "authenticat", "authoriz", "token", "key")  # a part of the name
MARKS = {True: "ok", False: "FAILED", None: "-"}


def report(case: Case, steps: Sequence[Step], answer: Answer | None, environment: Mapping[str, str]) -> str:
    """One fact a line. What servers said is as it came: the caller takes secrets and control characters out."""
    sections = {
        "idxstream doctor": _surroundings(),
        "settings": _settings(case),
        "environment": _environment(environment),
        "steps": (line for step in steps for line in _step(step)),
        "the answer to the upgrade": _answer(answer),
    }
    return "\n".join("\n".join([name, *(f"  {line}" for line in lines), ""]) for name, lines in sections.items())


def _surroundings() -> Iterator[str]:
    from importlib.metadata import PackageNotFoundError, version

    yield f"time: {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}"
    yield f"idxstream: {__version__}"
    yield f"python: {platform.python_implementation()} {platform.python_version()}"
    system = os.uname()  # `platform.platform()` would start a program
    yield f"platform: {system.sysname} {system.release} {system.machine} {' '.join(platform.libc_ver())}".rstrip()
    yield f"tls: {ssl.OPENSSL_VERSION}"
    for name in LIBRARIES:
        try:
            yield f"{name}: {version(name)}"
        except PackageNotFoundError:
            yield f"{name}: not found"


def _settings(case: Case) -> Iterator[str]:
    key = case.key.key
    yield f"url: {bare_url(case.url)} ({case.url_origin})"
    yield f"rest-url: {bare_url(case.rest.url)}"
    yield f"key: {f'{len(key.reveal())} characters' if key else 'none'} ({case.key.origin})"
    yield f"auth: {case.auth}"
    yield f"index: {case.index_id or 'none named'}"
    yield f"ca-file: {case.trust.path if case.trust else 'none'}"
    yield f"connect-timeout: {case.timeout_s:g} s"


def _environment(environment: Mapping[str, str]) -> Iterator[str]:
    for name in PROXY_VARIABLES:
        for spelling in (name, name.upper()):
            if value := environment.get(spelling):
                yield f"{spelling}: {bare_url(value if '://' in value else f'http://{value}')}"
    for name in ("no_proxy", "NO_PROXY", *LOOKS):
        if name in environment:
            yield f"{name}: {environment[name]}"
    encoding = sys.stdout.encoding if sys.stdout is not None else "none"
    yield f"stdout: {encoding}, {'a terminal' if sys.stdout is not None and sys.stdout.isatty() else 'no terminal'}"
    yield f"TZ: {os.environ.get('TZ', '')} {'/'.join(time.tzname)}"


def _step(step: Step) -> Iterator[str]:
    took = time_taken(step.seconds) if step.seconds is not None else "not timed"
    mark = "WARNING" if step.is_warning else MARKS[step.ok]
    yield f"{step.name}: {mark}, {took}: {step.detail}"
    if step.hint:
        yield f"    {step.hint}"


def _answer(answer: Answer | None) -> Iterable[str]:
    if answer is None:
        return ["none"]
    status = f"HTTP {answer.status} {answer.reason}".rstrip()
    return [status, *(f"{name}: {_shown(name, value)}" for name, value in answer.headers.items())]


def _shown(name: str, value: str) -> str:
    if any(part in name for part in SECRET_HEADERS):
        return "not shown"
    return bare_url(value) if name == "location" else value
