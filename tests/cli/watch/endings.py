"""Runs that end by themselves, and what they may say."""

from __future__ import annotations

from tests.harness import Running, run

KEY = "4F1C0FFE-5ECR-37KE-Y000-0123456789AB"


def watch(port_or_url: int | str, *arguments: str, env: dict[str, str] | None = None) -> Running:
    url = port_or_url if isinstance(port_or_url, str) else f"ws://127.0.0.1:{port_or_url}"
    return run("watch", "--all", "--url", url, *arguments, env=env)


def the_line(done: Running, code: int) -> str:
    """The one line on stderr; the key in nothing that came out."""
    assert done.wait() == code, done.err.lines
    assert done.out.lines == []
    assert KEY not in done.err.text
    assert len(done.err.lines) == 1, done.err.lines
    return done.err.lines[0]


def gave_up(url: int | str, *arguments: str, env: dict[str, str] | None = None, after_s: float = 0.3) -> str:
    """The last line; `after_s` has to be long enough for the answer that the test is about."""
    done = watch(url, "--give-up-after", f"{after_s:g}s", *arguments, env=env)
    assert done.wait() == 5
    assert KEY not in done.err.text
    assert f"no connection for {after_s:g} s" in done.err.lines[-1]
    return done.err.lines[-1]
