"""idxstream: CoinAPI's index values, as they change, to a terminal, a pipe or a file.

The way of the data, all of it in the main thread:

    socket -> frames -> messages -> continuity -> output
    poll, read   cut      decode      what is new    one write a read

`transport.waiting` waits with one poll for everything that can happen: bytes on a socket, room in stdout, a signal, a
reader of stdout that went away, a deadline. What was read at once travels at once, as a batch: `transport.connection`
cuts it into messages, `protocol.messages` checks and decodes them, `protocol.continuity` says what is to be written
(all of one connection; during a handover between two each value once), `outputs` turns it into bytes, `outputs.sink`
hands the kernel what it takes without waiting and keeps the rest. When 16 MiB are kept, sockets are not read: TCP
back-pressure, nothing dropped. When to open and end connections says `protocol.reconnect`.

With `-o` the bytes go to `capture.sink` instead: the file of the moment, locked, whole lines only. `capture.handoff`
holds what comes while another run has that file, and compares it with what that one writes.

No write waits for a reader: `nonblocking` writes what is taken at once, to stdout, a terminal or stderr. A `Stderr` is
where Python has `sys.stderr`, so that this holds for warnings and tracebacks, too.

Threads open connections (names, TCP, TLS and upgrade all block: `streams`), wait for a lock, read what another run
writes, force a file to the disk, join the members of one that is complete, paint the table, and wait for a slow reader
of stderr; none sees a message on its way.

What an option is given by no flag it gets from the environment, else from the settings file: `config` reads that,
`cli.in_force` makes defaults of it. The API key goes a way of its own, by `credentials` and `key_store`, past all that
prints.

`catalogue` is the way of the list of indexes, before all of that: globs become ids, by HTTP or from a cache.

`doctor` goes the way of a connection step by step, by the code of `transport` and `catalogue`, and says what it found.

`cli.help` reads the commands and options for `--help`; the manual page and the completions are made from the same.

`protocol` is pure: time and chance are arguments. `simulator` shares no code with it, or one wrong codec would agree
with itself. `plugin` is what other packages import. Imports point down: cli -> transport, capture -> outputs ->
protocol -> errors; cli -> catalogue -> protocol; cli -> doctor -> transport, catalogue.
"""

__version__ = "0.1.0"
