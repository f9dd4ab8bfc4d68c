"""idxstream: CoinAPI's index values, as they change, to a terminal, a pipe or a file.

The way of the data, all of it in the main thread:

    socket -> frames -> messages -> continuity -> format -> sink
    poll, read   cut      decode      what is new   bytes     one write a read

`session.poller` waits with one poll for everything that can happen: bytes on a socket, room in stdout, a signal, a
reader of stdout that went away, a deadline. What was read at once travels at once, as a batch: `transport.connection`
cuts it into messages, `protocol.messages` checks and decodes them, `protocol.continuity` decides what is written
(everything of one connection; during a handover between two, each value once), `formats` turns it into bytes, and
`outputs` joins a format and a sink, or several of them: `sinks.stream` hands the kernel what it takes without waiting
and keeps the rest. When 16 MiB are kept, the sockets are not read: TCP back-pressure, nothing dropped.
`protocol.reconnect` decides when connections are opened and ended, and `session.reception` does what it decides.
What brings values alone on the one connection there is takes the short way, `pass_on`: it is written, and looked at
afterwards. Into a file it may gather for some ms first (`nap_s`): the sockets are left out of the poll for so long.
`session.pipeline` knows whose values are written. With `--redundant`, `protocol.redundancy` keeps two connections open
and `protocol.feed_merge` takes the place of the continuity: what the first of them brings is written.

With `-o` the bytes go to `sinks.files` instead: the file of the moment, locked, whole lines only. What it lacks
is beside it, `sinks.files.gaps_file`. `outputs.takeover`
holds what comes while another run has that file, and compares it with what that run writes. The table is an output of
its own, without a format. `extensions` finds formats and sinks by name, here and in other packages.

No write waits for a reader: `terminal.nonblocking_writer` writes what is taken at once, to stdout, a terminal or
stderr. A `Stderr` takes the place of Python's `sys.stderr`, so that this holds for warnings and tracebacks, too.

An engine, NATS JetStream, is a sink that brings bytes, too: `sinks.engine` drives `protocol.follow`, which decides
whether this machine writes the stream or stands by, over `engine.stream_log`. `--url nats://…` reads a stream in place
of the feed: `session.stream_session`, with the same outputs.

Threads open connections (names, TCP, TLS and the upgrade all block: `net.streams`), wait for a lock, read what another
run writes, force a file to the disk, join the members of a file that is complete, paint the table, and wait for a slow
reader of stderr; no thread sees a message on its way.

An option that no flag gives comes from the environment, else from the settings file: `config` reads that file, and
`cli.options.defaults_from_file` makes defaults of it. The API key takes a way of its own, through `credentials`, past
everything that prints.

`catalogue` is the list of indexes: globs and short names become ids, by HTTP or from a cache, before anything else
happens. `get` is a run of `watch` whose output, `outputs.first_values`, says when it has all it wants.

`history` is the past over REST, with `catalogue.rest` for its requests. `history.page_plan` decides which stretch of
time is asked for next, so that nothing is lost or doubled where a page ends; what comes goes to the formats and sinks
of `watch`.

With `--bars`, `outputs.bars_output` passes on what `protocol.bars` makes of the values. With `--alert`,
`outputs.alerts_output` looks at what it passes on; `cli.watch.alert_command` runs commands in threads of their own.

With `--metrics`, or under systemd, `monitoring.monitored_output` lets others see how the run does: it passes everything
on, and the main loop calls it when something is due, so that a hang is seen.

`doctor` checks a connection step by step, with the code of `transport` and `catalogue`, and reports what it found.

`cli.help` reads the commands and options for `--help`; the manual page and the completions are made from the same.

`protocol` is pure: time and chance are arguments. `simulator` shares no code with it, or one wrong codec would agree
with itself. What its REST side says of the past is computed again from the walk that its feed publishes. `plugin` is
what other packages import. Imports point down: tests/test_architecture.py has the picture.
"""

__version__ = "0.2.0"
