"""examples/idxstream-http, built, installed and used from the command line, with endpoints that fail in every way."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from coinapi_idx_cli import plugin
from coinapi_idx_cli.simulator import Simulator
from tests.cli.watch.capture.captures import wait_until
from tests.harness import GENEROUS_S, Running, run
from tests.plugins.packages import ROOT, beside, install

INDEX = "IDX_REFRATE_PRIMKT_BTC_USD"
DOCUMENT = (ROOT / "docs" / "plugins.md").read_text()


class Endpoint(ThreadingHTTPServer):
    """Keeps the bodies that it answered with 204. `answers` are the status codes of the first requests; 0 hangs up."""

    daemon_threads = True

    def __init__(self, *answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.bodies: list[bytes] = []
        self.authorizations: list[str | None] = []
        self.requests = 0
        self.released = threading.Event()  # until then, 1 among the answers makes a request wait
        self.news = threading.Condition()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/write?bucket=b"

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(condition, GENEROUS_S)

    @property
    def lines(self) -> list[str]:
        return b"".join(self.bodies).decode().splitlines()


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        endpoint = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with endpoint.news:
            answer = endpoint.answers.pop(0) if endpoint.answers else 204
            endpoint.requests += 1
            endpoint.authorizations.append(self.headers["Authorization"])
            endpoint.news.notify_all()
        if answer == 1:
            endpoint.released.wait(GENEROUS_S)
            answer = 204
        if answer == 0:
            self.close_connection = True
            return
        if answer == 204:
            with endpoint.news:
                endpoint.bodies.append(body)
                endpoint.news.notify_all()
        with suppress(OSError):
            self.send_response(answer)
            self.send_header("Retry-After", "0")
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing on stderr."""


@contextmanager
def endpoint_with(*answers: int) -> Iterator[Endpoint]:
    endpoint = Endpoint(*answers)
    thread = threading.Thread(target=endpoint.serve_forever)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.released.set()
        endpoint.shutdown()
        thread.join()
        endpoint.server_close()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("target")
    install(ROOT / "examples" / "idxstream-http", target)
    return target


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def points(record: list[str]) -> list[str]:
    """Line protocol of published messages, by a second writer of it."""
    lines = []
    for text in record:
        message = json.loads(text)
        number = re.search(r'"value":([^,}]+)', text)
        assert number is not None
        seconds, _, ticks = message["time_coinapi"].removesuffix("Z").partition(".")
        lines.append((message["index_id"], number[1], seconds, ticks))
    return [f"index,index_id={index_id} value={number}" for index_id, number, _, _ in lines]


def test_values_are_posted_in_order_and_once(installed: Path) -> None:
    with Simulator(rate=500, record=True) as sim, endpoint_with() as endpoint:
        arguments = ("watch", "--all", "--url", sim.url, "-f", "influx", "-o", endpoint.url, "-n", "300")
        with Running(*arguments, env=beside(installed)) as running:
            assert running.wait() == 0
            assert running.err.lines == []
        published = points(list(sim.record))
    assert len(endpoint.lines) == 300
    written = [line.rpartition(" ")[0] for line in endpoint.lines]
    begin = published.index(written[0])
    assert written == published[begin : begin + 300]


def test_a_point_bears_the_time_of_the_feed(installed: Path) -> None:
    with Simulator(rate=0) as sim, endpoint_with() as endpoint:
        arguments = ("watch", INDEX, "--url", sim.url, "-f", "influx", "-o", endpoint.url, "-n", "1")
        with Running(*arguments, env=beside(installed)) as running:
            sim.wait_for_peer()
            stamp = "2024-11-20T19:13:02.0000001Z"
            message = f'{{"type":"index","index_id":"{INDEX}","time_coinapi":"{stamp}","value":1085.50}}'
            sim.wait_for_peer().send_text(message)
            assert running.wait() == 0
    assert endpoint.lines == [f"index,index_id={INDEX} value=1085.50 1732129982000000100"]


@pytest.mark.parametrize("answers", [(500, 503, 429), (0, 0)], ids=["statuses", "hangs up"])
def test_what_was_not_taken_is_posted_again(installed: Path, answers: tuple[int, ...]) -> None:
    with Simulator(rate=0) as sim, endpoint_with(*answers) as endpoint:
        arguments = ("watch", INDEX, "--url", sim.url, "-f", "csv", "-o", endpoint.url, "-n", "1")
        with Running(*arguments, env=beside(installed)) as running:
            sim.wait_for_peer()
            sim.publish(INDEX, 1.5)
            assert running.wait() == 0
            assert "it is tried again" in running.err.text
    assert endpoint.requests == len(answers) + 1
    assert [line.rpartition(",")[2] for line in endpoint.lines] == ["value", "1.5"]


def test_an_endpoint_that_refuses_ends_the_run(installed: Path) -> None:
    with endpoint_with(401) as endpoint:
        done = run("watch", "--demo", "-f", "csv", "-o", endpoint.url, env=beside(installed))
        assert done.wait() == 6
    assert done.err.lines == [
        "idxstream: 127.0.0.1 refuses the values: HTTP 401; check the URL and the credential",
    ]


def test_an_endpoint_that_is_gone_ends_the_run_when_it_is_given_up(installed: Path, settings: Path) -> None:
    settings.write_text("[plugin.http]\ngive-up-after = 0.1\n")
    with endpoint_with() as endpoint:
        url = endpoint.url
    arguments = ("watch", "--demo", "-f", "csv", "-o", url, "--config", str(settings))
    done = run(*arguments, env=beside(installed))
    assert done.wait() == 6
    assert "127.0.0.1 took nothing for 0.1 s: no answer (ConnectionRefusedError)" in done.err.lines[-1]


def test_an_endpoint_that_hangs_holds_nothing_else_up(installed: Path, tmp_path: Path) -> None:
    """Not the feed, not another output, and not the end of the run, which says what was not taken."""
    path = tmp_path / "beside.csv"
    with Simulator(rate=0) as sim, endpoint_with(1) as endpoint:
        arguments = ("watch", INDEX, "--url", sim.url, "-f", "csv", "-o", endpoint.url, "-o", str(path))
        with Running(*arguments, env=beside(installed)) as running:
            sim.wait_for_peer()
            sim.publish(INDEX, 1.5)
            endpoint.wait_for(lambda: endpoint.requests == 1)
            sim.publish(INDEX, 2.5)
            sim.publish(INDEX, 3.5)
            wait_until(lambda: path.exists() and path.read_text().count("\n") == 4)
            running.interrupt()
            assert running.wait() == 130
            assert "127.0.0.1 did not take" in running.err.text
    assert [line.rpartition(",")[2] for line in path.read_text().splitlines()] == ["value", "1.5", "2.5", "3.5"]


def test_the_credential_is_sent_and_never_shown(installed: Path, settings: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("Token SECRET\n")
    settings.write_text(f"[plugin.http]\nauthorization-file = '{tmp_path / 'token'}'\ntoken = 'unused-SECRET'\n")
    with endpoint_with() as endpoint:
        arguments = ("watch", "--demo", "-n", "1", "-f", "csv", "-o", endpoint.url, "--config", str(settings), "-vv")
        refused = run(*arguments, env=beside(installed))
        assert refused.wait() == 2
        assert "unknown setting 'token' of the http sink" in refused.err.text
        settings.write_text(settings.read_text().replace("token = 'unused-SECRET'\n", ""))
        assert run(*arguments, env=beside(installed)).wait() == 0
        far = run(*arguments[:6], "-o", "http://192.0.2.1/", *arguments[8:], env=beside(installed))
    assert endpoint.authorizations == ["Token SECRET"]
    assert (far.wait(), "is not sent to http://" in far.err.text) == (2, True)
    assert "SECRET" not in refused.err.text + far.err.text


def test_the_format_of_the_document_writes_to_stdout_and_to_files(tmp_path: Path) -> None:
    """As docs/plugins.md has it, word for word."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    entry_point = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)[0]
    (source / "idxstream_tsv.py").write_text(code)
    build = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    project = '[project]\nname = "idxstream-tsv"\nversion = "1.0"\n'
    (source / "pyproject.toml").write_text(f"{build}\n{project}\n{entry_point}")
    install(source, target)
    path = tmp_path / "x.tsv.gz"
    done = run("watch", "--demo", "-n", "2", "-o", str(path), "-f", "tsv", "-o", "-", env=beside(target))
    assert done.wait() == 0
    assert done.out.lines[0] == "time_coinapi\tindex_id\tvalue"
    assert gzip.decompress(path.read_bytes()).decode().splitlines() == done.out.lines
    assert len(done.out.lines) == 3


def test_the_document_names_all_that_a_plug_in_may_use() -> None:
    fields = {
        name
        for kind in (plugin.FormatContext, plugin.SinkContext, plugin.Batch, plugin.IndexValue, plugin.Note)
        for name in fields_of(kind)
    }
    methods = {name for kind in (plugin.Format, plugin.Sink) for name in vars(kind) if not name.startswith("_")}
    prose = re.sub("```.*?```", "", DOCUMENT, flags=re.DOTALL)
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", prose))))
    assert fields | methods | set(plugin.__all__) <= named | {"context"}


def fields_of(kind: type[msgspec.Struct]) -> set[str]:
    return set(kind.__struct_fields__) - {"joined"}  # which is how `Batch.lines` remembers


def test_a_setting_of_a_plug_in_reaches_it(installed: Path, settings: Path) -> None:
    settings.write_text("[plugin.influx]\nmeasurement = 'prices now'\n")
    arguments = ("watch", "--demo", "-n", "1", "-f", "influx", "--config", str(settings))
    done = run(*arguments, env=beside(installed))
    assert done.wait() == 0
    assert done.out.lines[0].startswith("prices\\ now,index_id=IDX_")
