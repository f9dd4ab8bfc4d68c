"""A real WebSocket server on this machine that speaks CoinAPI's Index feed, with faults on request.

    feed      walk -> feed: one series of values for all connections, each made into bytes once
    server    engine -> connection -> outbox -> feed_socket: scope, delays, limits, faults, all in one event loop
    rest      rest_side -> rest_content -> past_source -> strands: the past, computed again from the walk, or of files
    drivers   server.Simulator, peer.Peer: the same from any thread, through loop_thread

It encodes on its own and imports nothing of `coinapi_idx_cli.protocol`, or one wrong codec would agree with itself.
"""

from coinapi_idx_cli.simulator.catalogue import DEMO_IDS
from coinapi_idx_cli.simulator.faults import Faults
from coinapi_idx_cli.simulator.past_source import StoredValues
from coinapi_idx_cli.simulator.peer import Peer
from coinapi_idx_cli.simulator.rest_faults import RestFault, RestHabits
from coinapi_idx_cli.simulator.server import SIMULATOR, Simulator

__all__ = ["DEMO_IDS", "SIMULATOR", "Faults", "Peer", "RestFault", "RestHabits", "Simulator", "StoredValues"]
