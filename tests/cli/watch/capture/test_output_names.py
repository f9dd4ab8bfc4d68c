"""What the name of `-o` asks for is what stands in the file, or nothing is written at all."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.formats.registry import format_of_suffix
from coinapi_idx_cli.sinks.files.suffixes import OTHER_COMPRESSIONS, OTHER_FORMATS, format_named_by, suffixes_of
from tests.harness import Ended, run, run_here
from tests.plugins.packages import beside, put
from tests.plugins.test_broken_plugins import DOTS

DEMO = ["watch", "--demo", "-n", "1"]
CSV_HEADER = "time_coinapi,index_id,value"


def with_dots(suffix: str) -> str | None:
    """The formats there are, and a plug-in's."""
    return "dots" if suffix == "dots" else format_of_suffix(suffix)


def refused(*arguments: str) -> Ended:
    done = run_here(*DEMO, *arguments)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1), done.err
    return done


@pytest.mark.parametrize(
    ("name", "kind", "compression"),
    [
        *(("x.csv", "csv", ""), ("x.CSV", "csv", ""), ("x.csv.gz", "csv", ".gz"), ("X.Csv.GZ", "csv", ".gz")),
        *(("x.ndjson.zst", "ndjson", ".zst"), ("x.jsonl", "ndjson", ""), ("x.json", "ndjson", "")),
        *(("a.b/x-%Y.%m.csv", "csv", ""), ("x.csv.%Y-%m-%d", "csv", ""), ("x.csv.2024-01-01.gz", "csv", ".gz")),
        *(("x.txt", None, ""), ("x.gz", None, ".gz"), ("x", None, ""), ("a.csv/x", None, ""), (".csv", None, "")),
        *(("x.log.ZST", None, ".zst"), ("x.1.5", None, ""), ("x.dots", "dots", ""), ("x.DOTS.gz", "dots", ".gz")),
    ],
)
def test_the_name_says_format_and_compression(name: str, kind: str | None, compression: str) -> None:
    assert format_named_by(name, with_dots) == kind
    assert suffixes_of(name).compression == compression


@pytest.mark.parametrize("suffix", sorted(OTHER_COMPRESSIONS))
def test_a_compression_that_is_not_written_is_refused(suffix: str, tmp_path: Path) -> None:
    for name in (f"x{suffix}", f"x.csv{suffix.upper()}", f"%Y.ndjson{suffix}"):
        assert f"does not compress to {suffix} files; name it .gz or .zst" in refused("-o", str(tmp_path / name)).err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x.csv.gz.%Y", "x.csv.ZST.1", "x.csv.gz.zst", "x.gz.gz", "x-%Y.ndjson.zst.%m-%d.gz"])
def test_a_compression_counts_only_at_the_end(name: str, tmp_path: Path) -> None:
    """What stands in the file would not be what its name says."""
    line = refused("-o", str(tmp_path / name)).err
    assert "has to be at the end of the name" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x.tar.gz", "x.csv.xz.gz", "x.7z.%Y", "x.bz2.1"])
def test_one_that_is_not_written_is_refused_wherever_it_stands(name: str, tmp_path: Path) -> None:
    assert "idxstream does not compress to" in refused("-o", str(tmp_path / name)).err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", sorted(OTHER_FORMATS))
def test_a_format_that_is_not_written_is_refused(suffix: str) -> None:
    for name in (f"x{suffix}", f"x{suffix.upper()}.gz", f"x{suffix}.%Y"):
        with pytest.raises(UsageError, match=rf"does not write \{suffix} files"):
            format_named_by(name, with_dots)


@pytest.mark.parametrize("arguments", [[], ["-f", "csv"], ["-f", "ndjson"]])
def test_whatever_is_asked_for_by_a_flag(arguments: list[str], tmp_path: Path) -> None:
    assert "does not write .parquet files" in refused(*arguments, "-o", str(tmp_path / "x.parquet")).err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flag", "name"), [("csv", "x.ndjson"), ("ndjson", "x.csv.gz"), ("csv", "x.JSON"), ("ndjson", "x.csv.%Y")]
)
def test_a_flag_and_a_name_that_contradict_each_other(flag: str, name: str, tmp_path: Path) -> None:
    assert "contradict each other" in refused("-f", flag, "-o", str(tmp_path / name)).err
    assert list(tmp_path.iterdir()) == []


def test_a_format_in_the_settings_gives_way_to_the_name(tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text('format = "ndjson"\n')
    for name, begins in (("x.csv", CSV_HEADER), ("x.txt", '{"type"')):
        assert run_here(*DEMO, "--config", str(settings), "-o", str(tmp_path / name)).code == 0
        assert (tmp_path / name).read_text().startswith(begins)


def test_capitals_and_a_flag_for_a_name_that_says_nothing(tmp_path: Path) -> None:
    assert run_here(*DEMO, "-o", str(tmp_path / "x.CSV.GZ")).code == 0
    assert gzip.decompress((tmp_path / "x.CSV.GZ").read_bytes()).startswith(CSV_HEADER.encode())
    assert run_here(*DEMO, "-f", "csv", "-o", str(tmp_path / "x.dat")).code == 0
    assert (tmp_path / "x.dat").read_text().startswith(CSV_HEADER)
    assert run_here(*DEMO, "-o", str(tmp_path / "x.log")).code == 0
    assert json.loads((tmp_path / "x.log").read_text())["type"] == "index"


@pytest.mark.parametrize(
    "url",
    ["redis://user:secret@host/x", "kafka://h/t", "s3://bucket/x.csv", "file:///tmp/x", "HTTP://x"],
)
def test_a_scheme_that_is_not_known_makes_no_folder(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = refused("-o", url).err
    assert f"does not know the scheme {url.partition('://')[0].lower()}://;" in line
    assert "secret" not in line
    assert list(tmp_path.iterdir()) == []


def test_a_plug_in_gets_the_files_that_are_named_after_it(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    put(packages, DOTS)
    for number, arguments in enumerate(([], ["-f", "dots"])):
        file = tmp_path / f"{number}.DOTS"
        done = run(*DEMO, *arguments, "-o", str(file), env=beside(packages))
        assert (done.wait(), done.err.lines) == (0, [])
        assert file.read_text().startswith(".")
    done = run(*DEMO, "-f", "csv", "-o", str(tmp_path / "x.dots"), env=beside(packages))
    assert done.wait() == 2
    assert "contradict each other" in done.err.text
