"""Plug-ins that do not work, or want what is taken: one line that names the package, and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinapi_idx_cli.simulator import Simulator
from tests.harness import run
from tests.plugins.packages import beside, put

DOTS = """
from coinapi_idx_cli.plugin import Batch, Format, UsageError

class Dots(Format):
    name = "dots"
    summary = "a dot a value"

    def __init__(self, context):
        super().__init__(context)
        if context.fields:
            raise UsageError("dots have no fields", "leave out --fields")

    def encode(self, batch):
        return b"." * len(batch.values) + (b"\\n" if batch.values else b"")
"""
KEY = "a-key-that-is-long-enough"
NOWHERE = """
from coinapi_idx_cli.plugin import Level, OutputError, Sink

class Nowhere(Sink):
    def __init__(self, url, context):
        self.context = context

    def open(self, head):
        self.context.journal.record("opened", Level.WARNING, "nothing is kept, says KEY", head=head.decode())

    def write(self, batch, data):
        raise OutputError("nowhere is full", "go elsewhere")
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import nothing_of_that_name",
            "cannot load the format 'dots' of idxstream-dots 1.0: ModuleNotFoundError: No module",
        ),
        ("def", "SyntaxError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("", "AttributeError"),
        ("class Dots: name = 'dots'", "the format 'dots' of idxstream-dots 1.0 is not a Format: dots:Dots"),
        ("def Dots(context): ...", "is not a Format"),
        (DOTS.replace("def encode", "def encodes"), "does not define encode"),
    ],
)
def test_a_plug_in_that_does_not_work_is_one_line(tmp_path: Path, code: str, words: str) -> None:
    put(tmp_path, code)
    done = run("watch", "--demo", "-f", "dots", "-n", "1", env=beside(tmp_path))
    assert (done.wait(), done.out.lines, len(done.err.lines)) == (2, [], 1), done.err.lines
    assert words in done.err.text


def test_vv_shows_where_a_plug_in_failed(tmp_path: Path) -> None:
    put(tmp_path, "\n1 / 0")
    done = run("watch", "--demo", "-f", "dots", "-vv", env=beside(tmp_path))
    assert done.wait() == 2
    assert f'File "{tmp_path / "dots.py"}", line 2' in done.err.text


def test_a_plug_in_refuses_options_as_the_program_does(tmp_path: Path) -> None:
    put(tmp_path, DOTS)
    done = run("watch", "--demo", "-f", "dots", "--fields", "value", env=beside(tmp_path))
    assert (done.wait(), done.err.lines) == (2, ["idxstream: dots have no fields; leave out --fields"])
    assert "".join(run("watch", "--demo", "-f", "dots", "-n", "3", env=beside(tmp_path)).out.lines) == "..."


def test_notes_that_a_plug_in_has_no_lines_for_are_refused(tmp_path: Path) -> None:
    put(tmp_path, DOTS)
    done = run("watch", "--demo", "-f", "dots", "--include", "gap", env=beside(tmp_path))
    assert done.wait() == 2
    assert "--include adds lines to ndjson, and the output is dots" in done.err.text


@pytest.mark.parametrize("name", ["csv", "auto"])
def test_a_built_in_format_cannot_be_replaced(tmp_path: Path, name: str) -> None:
    put(tmp_path, "raise SystemExit('loaded')", name=name)
    done = run("watch", "--demo", "-n", "1", "-f", name, env=beside(tmp_path))
    assert (done.wait(), done.err.lines) == (0, [])


def test_two_packages_with_one_name(tmp_path: Path) -> None:
    put(tmp_path, DOTS)
    put(tmp_path, DOTS, package="other-dots")
    done = run("watch", "--demo", "-f", "dots", env=beside(tmp_path))
    assert done.wait() == 2
    assert "several packages have a format 'dots': idxstream-dots 1.0 and other-dots 1.0; uninstall" in done.err.text


def test_an_unknown_format_names_the_plug_ins(tmp_path: Path) -> None:
    put(tmp_path, "raise SystemExit('loaded')")
    far, near = (run("watch", "--demo", "-f", name, env=beside(tmp_path)) for name in ("xml", "dotz"))
    assert far.err.lines == ["idxstream: unknown format 'xml' in --format; there are auto, table, csv, ndjson, dots"]
    assert near.err.lines == ["idxstream: unknown format 'dotz' in --format; did you mean dots?"]
    assert (far.wait(), near.wait()) == (2, 2)


def test_a_damaged_package_is_reported_as_such(tmp_path: Path) -> None:
    put(tmp_path, DOTS)
    (tmp_path / "idxstream_dots-1.0.dist-info" / "entry_points.txt").write_text(
        "[idxstream.formats.v1]\nno line of this kind\n"
    )
    done = run("watch", "--demo", "-f", "dots", env=beside(tmp_path))
    assert (done.wait(), len(done.err.lines)) == (2, 1)
    assert run("watch", "--demo", "-f", "csv", "-n", "1", env=beside(tmp_path)).wait() == 0


def test_what_a_sink_reports_and_raises(tmp_path: Path) -> None:
    put(tmp_path, NOWHERE.replace("KEY", KEY), name="nowhere", value="nowhere:Nowhere", group="idxstream.sinks.v1")
    with Simulator(rate=100) as sim:
        arguments = ("watch", "--all", "--url", sim.url, "-f", "csv", "-o", "nowhere://anywhere", "--api-key", KEY)
        done = run(*arguments, env=beside(tmp_path))
        assert done.wait() == 6
    assert done.err.text.count("nothing is kept, says ***") == 1
    assert KEY not in done.err.text
    assert done.err.lines[-1] == "idxstream: nowhere is full; go elsewhere"


def test_an_unknown_scheme_names_those_of_plug_ins_and_repeats_no_password(tmp_path: Path) -> None:
    put(tmp_path, NOWHERE, name="nowhere", value="nowhere:Nowhere", group="idxstream.sinks.v1")
    done = run("watch", "--demo", "-o", "elsewhere://me:PASSWORD@host", env=beside(tmp_path))
    assert done.wait() == 2
    what = "--output: idxstream does not know the scheme elsewhere://"
    assert done.err.lines == [f"idxstream: {what}; give the path of a file; there are nats://, tls+nats://, nowhere://"]
