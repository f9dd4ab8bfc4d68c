"""The name of a record of gaps: what the files of an `-o` have in common; and which files a record speaks of."""

from __future__ import annotations

import random

import pytest

from coinapi_idx_cli.protocol.times import NS
from coinapi_idx_cli.sinks.files.gaps_name import can_be_of, gaps_path
from coinapi_idx_cli.sinks.files.names import FIELDS, FileName

YEARS_NS = 60 * 365 * 86_400 * NS


@pytest.mark.parametrize(
    ("output", "record"),
    [
        ("d/btc-%Y.csv.gz", "d/btc.gaps.ndjson"),
        ("t-%Y-%m-%d.csv.gz", "t.gaps.ndjson"),
        ("t.csv", "t.gaps.ndjson"),
        ("t.CSV.GZ", "t.gaps.ndjson"),
        ("İ.CSV", "İ.gaps.ndjson"),
        ("t.csv.1", "t.gaps.ndjson"),
        ("t.gz", "t.gaps.ndjson"),
        ("t", "t.gaps.ndjson"),
        ("t.log", "t.log.gaps.ndjson"),
        ("my.data.ndjson.zst", "my.data.gaps.ndjson"),
        ("t_-.%Y", "t.gaps.ndjson"),
        ("t-.csv", "t.gaps.ndjson"),
        ("%Y.csv", "gaps.ndjson"),
        ("-%Y.csv", "gaps.ndjson"),
        ("/d_/%Y.csv", "/d_/gaps.ndjson"),
        ("/%Y.csv", "/gaps.ndjson"),
        ("d.csv/t", "d.csv/t.gaps.ndjson"),
        ("d/btc-%Y/%m.csv", "d/btc.gaps.ndjson"),
        ("d/%Y/btc.csv", "d/gaps.ndjson"),
        ("t.csv.%Y", "t.csv.gaps.ndjson"),
        ("100%%-%j", "100%.gaps.ndjson"),
        ("100%%.csv", "100%.gaps.ndjson"),
        ("t.gaps.ndjson", "t.gaps.gaps.ndjson"),
        ("gaps.ndjson", "gaps.gaps.ndjson"),
        (".csv", ".csv.gaps.ndjson"),
        ("übung-\udcff-%y", "übung-\udcff.gaps.ndjson"),
    ],
)
def test_the_record_has_the_name_that_no_time_changes(output: str, record: str) -> None:
    assert gaps_path(output) == record


@pytest.mark.parametrize(
    ("output", "file"),
    [
        ("t-%Y-%m-%d.csv.gz", "t-2024-09-01.csv.gz"),
        ("/var/lib/idx/t-%F.csv", "t-2024-09-01.csv"),
        ("../t-%F.csv", "t-2024-09-01.csv"),
        ("/100%%/t-%F.csv", "t-2024-09-01.csv"),
        ("d/btc-%Y/%m.csv", "btc-2024/09.csv"),
        ("d/%Y/btc.csv", "2024/btc.csv"),
        ("t.csv", "t.csv"),
        ("t.csv", "t.csv.1"),
        ("t.csv", "t.csv.2.gz"),
        ("t.csv", "t.csv-20240901"),
        ("t.csv", "t.csv-2024-09-01.zst"),
        ("t.csv", "t.csv.GZ"),
    ],
)
def test_a_file_can_be_of_an_output(output: str, file: str) -> None:
    assert can_be_of(file, output)


@pytest.mark.parametrize(
    ("output", "file"),
    [
        ("t-%Y-%m-%d.csv.gz", "t-2024-09-01.csv"),
        ("t-%Y-%m-%d.csv.gz", "t-2024-09.csv.gz"),
        ("t-%F.csv", "u-2024-09-01.csv"),
        ("t.csv", "t-2024.csv"),
        ("t.csv", "txcsv"),
        ("t.csv", "t.csv\n"),
        ("t.csv", "t.csv.gaps"),
        ("t.csv.gz", "t.csv.gz.gz"),
        ("d/%Y/btc.csv", "btc.csv"),
        ("t-%A.csv", "t-a/b.csv"),
        ("t-%Q.csv", "t-%Q.csv"),
        ("t-%", "t-%"),
    ],
)
def test_a_file_of_another_name_is_not_of_that_output(output: str, file: str) -> None:
    assert not can_be_of(file, output)


@pytest.mark.parametrize("seed", range(200))
def test_each_file_of_any_pattern_is_of_it_and_begins_with_the_name_of_its_record(seed: int) -> None:
    chance = random.Random(seed)
    pieces = ["/", "t", ".", "-", "_", "é", "(", ".csv", ".gz", *(f"%{field}" for field in FIELDS)]
    output = "d/" + "".join(chance.choices(pieces, k=chance.randint(1, 6))).replace("//", "/").strip("/") + "e"
    folder, slash, record = gaps_path(output).rpartition("/")
    file = FileName(output).at(chance.randrange(YEARS_NS)).removeprefix(folder + slash)

    assert can_be_of(file, output)
    assert record == "gaps.ndjson" or file.startswith(record.removesuffix(".gaps.ndjson"))
