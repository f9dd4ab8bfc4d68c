"""Formats of other packages: the README's own, built and installed as anybody would, and ones that do not work."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from coinapi_idx_cli import plugin
from coinapi_idx_cli.simulator import Simulator
from tests.harness import GENEROUS_S, Running, environment, run
from tests.test_readme import README, blocks

PIP = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--no-cache-dir", "--quiet")
OFFLINE = ("--no-index", "--no-deps", "--no-build-isolation")
INDEX = "IDX_REFRATE_PRIMKT_BTC_USD"
HEADER = "time_coinapi\tindex_id\tvalue"


def beside(folder: Path) -> dict[str, str]:
    """An environment in which what is installed in `folder` is found."""
    return {"PYTHONPATH": os.pathsep.join((environment()["PYTHONPATH"], str(folder)))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the README's package is installed, exactly as it stands there."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    code = next(block for block in blocks("python") if "(Output)" in block)
    project = next(block for block in blocks("toml") if "[build-system]" in block)
    (source / "idxstream_tsv.py").write_text(code)
    (source / "pyproject.toml").write_text(project)
    command = [*PIP, "install", *OFFLINE, "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GENEROUS_S, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_the_plug_in_of_the_readme_writes_to_stdout(installed: Path) -> None:
    with Simulator(rate=0) as sim:
        arguments = ("watch", INDEX, "--url", sim.url, "-f", "tsv", "-n", "2")
        with Running(*arguments, env=beside(installed)) as running:
            sim.wait_for_peer()
            sim.publish(INDEX, 1.5)
            assert running.out.wait_for(2)[0] == HEADER
            sim.publish(INDEX, 2.25)
            assert running.wait() == 0
    assert [line.split("\t")[1:] for line in running.out.lines[1:]] == [[INDEX, "1.5"], [INDEX, "2.25"]]
    assert running.err.lines == []


@pytest.mark.parametrize("end", ["", ".gz"])
def test_the_plug_in_of_the_readme_writes_to_files_that_rotate(installed: Path, tmp_path: Path, end: str) -> None:
    with Simulator(rate=200, record=True) as sim:
        arguments = (
            "watch",
            "--all",
            "--url",
            sim.url,
            "-f",
            "tsv",
            "-v",
            "-o",
            str(tmp_path / f"%Y-%j-%H%M%S.tsv{end}"),
        )
        with Running(*arguments, env=beside(installed)) as running:
            running.err.wait_for(3)  # connected, and two changes of the name, which come with the second
            running.interrupt()
            assert running.wait() == 130
        published = [row(json.loads(text)) for text in sim.record]
    contents = [content(path).split("\n") for path in sorted(tmp_path.iterdir())]
    assert len(contents) >= 3
    assert all(lines[0] == HEADER and lines[-1] == "" for lines in contents)
    written = [line for lines in contents for line in lines[1:-1]]
    begin = published.index(written[0])
    assert written == published[begin : begin + len(written)]


def row(message: dict[str, object]) -> str:
    return f"{message['time_coinapi']}\t{message['index_id']}\t{message['value']!r}"


def content(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def test_the_readme_tells_all_that_a_plug_in_may_use() -> None:
    (section,) = re.findall(r"## Formats of your own\n(.*?)\n## ", README, re.DOTALL)
    fields = {
        name for kind in (plugin.OutputContext, plugin.Batch, plugin.IndexValue, plugin.Note) for name in vars_of(kind)
    }
    methods = {name for name in vars(plugin.Output) if not name.startswith("_")}
    section = re.sub("```.*?```", "", section, flags=re.DOTALL)
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", section))))
    assert fields | methods | {"name", "summary"} <= told
    assert {"Output", "OutputContext", "Batch", "IndexValue", "Note", "Status", "UsageError"} <= told & set(
        plugin.__all__
    )


def vars_of(kind: type[msgspec.Struct]) -> set[str]:
    return set(kind.__struct_fields__) - {"joined"}  # which is how `Batch.lines` remembers


def put(folder: Path, code: str, name: str = "dots", value: str = "dots:Dots", package: str = "idxstream-dots") -> None:
    """What an installer would leave of a package with one format."""
    (folder / "dots.py").write_text(code)
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[idxstream.outputs]\n{name} = {value}\n")


DOTS = """
from coinapi_idx_cli.plugin import Batch, Output, UsageError

class Dots(Output):
    name = "dots"
    summary = "a dot a value"

    def __init__(self, context):
        super().__init__(context)
        if context.fields:
            raise UsageError("dots have no fields", "leave out --fields")

    def write(self, batch):
        self.context.sink.write(b".\\n" * len(batch.values), batch.time_received_ns)
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import nothing_of_that_name",
            "cannot load format 'dots' of idxstream-dots 1.0: ModuleNotFoundError: No module",
        ),
        ("def", "SyntaxError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("", "AttributeError"),
        ("class Dots: name = 'dots'", "is not an Output: dots:Dots is something else"),
        ("def Dots(context): ...", "is not an Output"),
        (DOTS.replace('name = "dots"', 'name = "dashes"'), "has another name in itself, 'dashes'"),
        (DOTS.replace("def write", "def writes"), "does not define write"),
    ],
)
def test_a_plug_in_that_does_not_work_is_one_line(tmp_path: Path, code: str, words: str) -> None:
    put(tmp_path, code)
    done = run("watch", "--demo", "-f", "dots", "-n", "1", env=beside(tmp_path))
    assert (done.wait(), done.out.lines, len(done.err.lines)) == (2, [], 1), done.err.lines
    assert words in done.err.text


def test_where_a_plug_in_failed_is_told_with_vv(tmp_path: Path) -> None:
    put(tmp_path, "\n1 / 0")
    done = run("watch", "--demo", "-f", "dots", "-vv", env=beside(tmp_path))
    assert done.wait() == 2
    assert f'File "{tmp_path / "dots.py"}", line 2' in done.err.text


def test_a_plug_in_refuses_options_as_the_program_does(tmp_path: Path) -> None:
    put(tmp_path, DOTS)
    done = run("watch", "--demo", "-f", "dots", "--fields", "value", env=beside(tmp_path))
    assert (done.wait(), done.err.lines) == (2, ["idxstream: dots have no fields; leave out --fields"])
    assert run("watch", "--demo", "-f", "dots", "-n", "3", env=beside(tmp_path)).out.lines == [".", ".", "."]


@pytest.mark.parametrize("name", ["csv", "auto"])
def test_a_built_in_format_cannot_be_replaced(tmp_path: Path, name: str) -> None:
    put(tmp_path, "raise SystemExit('loaded')", name)
    done = run("watch", "--demo", "-n", "1", "-f", name, env=beside(tmp_path))
    assert (done.wait(), done.err.lines) == (0, [])


def test_two_packages_with_one_name(tmp_path: Path) -> None:
    put(tmp_path, DOTS)
    put(tmp_path, DOTS, package="other-dots")
    done = run("watch", "--demo", "-f", "dots", env=beside(tmp_path))
    assert done.wait() == 2
    assert "more than one format 'dots': of idxstream-dots 1.0 and other-dots 1.0; uninstall" in done.err.text


def test_an_unknown_format_names_the_plug_ins(tmp_path: Path) -> None:
    put(tmp_path, "raise SystemExit('loaded')")
    far, near = (run("watch", "--demo", "-f", name, env=beside(tmp_path)) for name in ("xml", "dotz"))
    assert far.err.lines == ["idxstream: unknown format 'xml' in --format; there are auto, table, ndjson, csv, dots"]
    assert near.err.lines == ["idxstream: unknown format 'dotz' in --format; did you mean dots?"]
    assert (far.wait(), near.wait()) == (2, 2)


def test_a_damaged_package_is_told_as_such(tmp_path: Path) -> None:
    put(tmp_path, DOTS)
    (tmp_path / "idxstream_dots-1.0.dist-info" / "entry_points.txt").write_text(
        "[idxstream.outputs]\nno line of this kind\n"
    )
    done = run("watch", "--demo", "-f", "dots", env=beside(tmp_path))
    assert (done.wait(), len(done.err.lines)) == (2, 1)
    assert run("watch", "--demo", "-f", "csv", "-n", "1", env=beside(tmp_path)).wait() == 0
