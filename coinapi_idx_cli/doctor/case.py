"""What is to be examined."""

from __future__ import annotations

from msgspec import Struct, field

from coinapi_idx_cli.catalogue.server import RestServer
from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import IdxstreamError
from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.protocol.messages import hello
from coinapi_idx_cli.transport.target import Target

ANOTHER_KNOWN_ID = "IDX_REFRATE_PRIMKT_ETH_USD"
WELL_KNOWN_ID = "IDX_REFRATE_PRIMKT_BTC_USD"  # without a filter everything would come, and be paid for
WAYS = ("header", "query", "hello")


class WaitLimits(Struct, frozen=True):
    """Seconds to wait: for a heartbeat or a value, which take one each, and for a value of one index."""

    heartbeat_s: float = 2.0
    value_s: float = 10.0


class Key(Struct, frozen=True):
    """The API key of an examination.

    `origin`: where it was found, in words. `problem`: why there is none. `warnings`: about how it is kept.
    """

    key: ApiKey | None
    origin: str
    problem: IdxstreamError | None = None
    warnings: tuple[str, ...] = ()


class Case(Struct, frozen=True):
    """What is to be examined, and how.

    `url_origin` in words. `auth` is one of `WAYS`. `list_problem`: why the list is not to be asked for.
    """

    url: str
    url_origin: str
    key: Key
    auth: str
    rest: RestServer
    index_id: str | None = None
    trust: Trust | None = None
    timeout_s: float = 10.0
    allow_plaintext: bool = False
    list_problem: IdxstreamError | None = None
    limits: WaitLimits = field(default_factory=WaitLimits)

    def target(self, way: str) -> Target:
        """With the key by that way."""
        key = self.key.key
        in_hello = key.reveal() if key is not None and way == "hello" else None
        greeting = hello([self.index_id or WELL_KNOWN_ID], heartbeat=True, api_key=in_hello)
        return Target(self.url, key, self.trust, self.timeout_s, self.allow_plaintext, way, greeting)

    @property
    def feed(self) -> Target:
        """As `watch` would go there."""
        return self.target(self.auth)
