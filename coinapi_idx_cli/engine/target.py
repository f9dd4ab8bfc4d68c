"""Which engine, which stream, and with which credentials: `nats://HOST[:PORT][,HOST…]/STREAM`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct

from coinapi_idx_cli.credentials.redactor import Redactor
from coinapi_idx_cli.errors import UsageError
from coinapi_idx_cli.net.server import Server
from coinapi_idx_cli.net.tls import Trust
from coinapi_idx_cli.net.urls import parse_url

SCHEMES = ("nats", "tls+nats")
DEFAULT_PORT = 4222
STREAM = re.compile(r"[A-Za-z0-9_-]{1,255}")
HINT = "give nats://HOST[:PORT][,HOST…]/STREAM, or tls+nats://"


class EngineServer(Server, frozen=True):
    """One server of an engine."""

    option: ClassVar[str] = "the engine's URL"

    @property
    def secure(self) -> bool:
        """Whether TLS was asked for; a server may ask for it, too."""
        return self.scheme == "tls+nats"

    @property
    def plain_scheme(self) -> str:
        return "nats"


class EngineCredentials(Struct, frozen=True):
    """Who I am to an engine: user and password, a token, or a signed claim (JWT) and the seed of its key."""

    user: str = ""
    password: str = ""
    token: str = ""
    jwt: str = ""
    seed: str = ""

    def __repr__(self) -> str:
        return "EngineCredentials(***)"

    @property
    def secrets(self) -> list[str]:
        return [secret for secret in (self.password, self.token, self.jwt, self.seed) if secret]


class EngineTarget(Struct, frozen=True):
    """An engine and a stream of it. `name`: for people, without credentials."""

    servers: tuple[EngineServer, ...]
    stream: str
    credentials: EngineCredentials = EngineCredentials()

    def __repr__(self) -> str:
        return f"EngineTarget({self.name})"

    @property
    def name(self) -> str:
        return f"{','.join(server.name for server in self.servers)}/{self.stream}"

    @property
    def redactor(self) -> Redactor:
        return Redactor(self.credentials.secrets)


def is_engine(url: str) -> bool:
    """Whether it has one of the schemes."""
    return url.partition("://")[0].lower() in SCHEMES and "://" in url


def parse_target(
    option: str,
    url: str,
    *,
    credentials: EngineCredentials | None = None,
    trust: Trust | None = None,
    allow_plaintext: bool = False,
    timeout_s: float = 10.0,
) -> EngineTarget:
    """Raises UsageError, which repeats nothing of a URL that may hold a password."""
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    if "@" in rest:
        what = f"{option} holds a user or a password, which others see in the list of processes"
        raise UsageError(what, "use --engine-user-file, or IDXSTREAM_ENGINE_USER")
    hosts, _, stream = rest.partition("/")
    if not STREAM.fullmatch(stream):
        raise UsageError(f"{option} does not name a stream: letters, digits, - and _", HINT)
    servers = []
    for host in hosts.split(","):
        try:
            parts = parse_url(f"{scheme}://{host}")
        except ValueError as error:
            raise UsageError(f"{option} is not a valid URL: {error}", HINT) from None
        server = EngineServer(
            f"{parts.bare}" if parts.port else f"{parts.bare}:{DEFAULT_PORT}",
            trust=trust,
            timeout_s=timeout_s,
            allow_plaintext=allow_plaintext,
        )
        servers.append(server)
    return EngineTarget(tuple(dict.fromkeys(servers)), stream, credentials or EngineCredentials())


def connect_options(credentials: EngineCredentials, info: Mapping[str, object], name: str) -> dict[str, object]:
    """What a client says of itself. Raises UsageError when the server demands what is not there to sign with."""
    options: dict[str, object] = {
        "verbose": False,
        "pedantic": False,
        "lang": "python",
        "version": "1",
        "protocol": 1,
        "headers": True,
        "no_responders": True,
        "echo": False,
        "name": name,
    }
    if credentials.user:
        options |= {"user": credentials.user, "pass": credentials.password}
    if credentials.token:
        options["auth_token"] = credentials.token
    if credentials.seed:
        options["sig"] = signature(credentials.seed, str(info.get("nonce", "")))
        options["jwt"] = credentials.jwt
    return options


def signature(seed: str, nonce: str) -> str:
    """Raises UsageError without the extra, or for a seed that is not one."""
    from base64 import urlsafe_b64encode

    try:
        import nkeys
    except ImportError:
        raise UsageError("--engine-creds needs the package nkeys", "install idxstream[nats]") from None
    try:
        signed: bytes = nkeys.from_seed(seed.encode()).sign(nonce.encode())
    except Exception:  # noqa: BLE001 - whatever it is, it may hold the seed
        raise UsageError("--engine-creds does not hold a valid seed", "get new credentials") from None
    return urlsafe_b64encode(signed).decode().rstrip("=")
