"""What an error of TLS means, in words: its own name the place in Python's source, and no cause."""

from __future__ import annotations

import ssl

from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, RefusedError
from coinapi_idx_cli.net.server import Server

NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")
CHECK_CERTIFICATE = "check the host name and the clock, or name the issuer with --ca-file"
# Part of OpenSSL's name for an error -> what it says of a server, for good. RFC 8446, 6.2, names the alerts.
FINAL = {
    "CERTIFICATE_REQUIRED": "demands a client certificate, which idxstream does not have",
    "BAD_CERTIFICATE": "demands a client certificate, which idxstream does not have",
    "UNRECOGNIZED_NAME": "does not know the name {host}",
    "PROTOCOL_VERSION": "does not speak the same version of TLS",
    "UNSUPPORTED_PROTOCOL": "speaks only a version of TLS that is too old",
    "VERSION_TOO_LOW": "speaks only a version of TLS that is too old",
    "INSUFFICIENT_SECURITY": "requires stronger ciphers than are available here",
    "HANDSHAKE_FAILURE": "found no cipher that both sides have, or demands a client certificate",
    "ACCESS_DENIED": "denies access by TLS",
    "KEY_TOO_SMALL": "has a key that is too short to be safe",
    "UNKNOWN_CA": "does not accept the issuer of the client's certificate",
}


def tls_failure(server: Server, error: ssl.SSLError) -> IdxstreamError:
    """RefusedError where trying again does not help."""
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"the certificate of {server.name} does not verify: {error.verify_message or _words(error)}"
        return RefusedError(what, CHECK_CERTIFICATE)
    reason = error.reason or ""
    if reason in NOT_TLS:
        hint = f"check {server.option}: its port, or {server.plain_scheme}:// instead of {server.scheme}://"
        return RefusedError(f"{server.name} does not speak TLS", hint)
    for part, words in FINAL.items():
        if part in reason:
            return RefusedError(f"{server.name} {words.format(host=server.host)}", f"check {server.option}")
    return ConnectionLostError(f"cannot connect to {server.name}: {tls_words(error)}")


def tls_words(error: ssl.SSLError) -> str:
    """For people, without the place in Python's source."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "the connection was closed during TLS"
    return f"TLS failed ({_words(error)})"


def _words(error: ssl.SSLError) -> str:
    return (error.reason or "unknown error").lower().replace("_", " ")
