"""The steps `tls` and `upgrade`, which are one connection; that the key is refused is for the next steps to tell."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin

from msgspec import Struct

from coinapi_idx_cli.doctor.step import TRY_LATER, Finding, NotTriedError, advice_of, failed
from coinapi_idx_cli.errors import ConnectionLostError, IdxstreamError, RefusedError
from coinapi_idx_cli.net.deadline import bounded
from coinapi_idx_cli.net.urls import bare_url
from coinapi_idx_cli.transport.probe import Answer, Probe, Security
from coinapi_idx_cli.transport.target import Target

MARGIN_S = 1.0  # who connects keeps to the time-out, but for the search for the name, and says better what happened
BAD_KEY_STATUSES = (401, 403)
ENDS_SOON_DAYS = 14
DAY_S = 86_400
NAMES_SHOWN = 3


def in_time(probe: Probe, step: Any) -> None:
    """`probe.knock` or `probe.open`, which block. Raises what they raise."""
    timeout_s = probe.target.timeout_s
    try:
        bounded(step, timeout_s + MARGIN_S)
    except TimeoutError:
        probe.drop()
        raise ConnectionLostError(f"{probe.target.name} did not answer within {timeout_s:g} s") from None


class _Attempt(Struct, frozen=True):
    """By the monotonic clock."""

    probe: Probe
    error: IdxstreamError | None
    started_s: float
    ended_s: float


class HandshakeSteps:
    """The steps `tls` and `upgrade`, without the key."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._made: _Attempt | None = None

    @property
    def answer(self) -> Answer | None:
        return self._made.probe.answer if self._made else None

    @property
    def key_error(self) -> IdxstreamError | None:
        """What a server said that let nobody in, for want of a key or for a wrong one."""
        return self._made.error if self._made and self._asks_for_key else None

    def tls(self) -> Finding:
        """Raises what kept TLS from coming about."""
        if not self._target.secure:
            raise NotTriedError("not used: the URL is ws://")
        attempt = self._attempt()
        security = attempt.probe.security
        if security is None:
            return failed(attempt.error or RefusedError("the TLS handshake did not complete", "check --url"))
        left_days = _days_left(security.certificate)
        soon = left_days is not None and left_days < ENDS_SOON_DAYS
        hint = "the certificate expires soon: whoever runs the server should renew it" if soon else ""
        return Finding(self._told(security, left_days), hint, security.done_s - attempt.started_s)

    def upgrade(self) -> Finding:
        attempt = self._attempt()
        security = attempt.probe.security
        seconds = attempt.ended_s - (security.done_s if security else attempt.started_s)
        answer = self.answer
        if answer is None or (attempt.error is not None and not self._asks_for_key):
            return failed(self._refined(attempt), seconds)
        by = answer.headers.get("server", "")
        said = f"HTTP {answer.status} {answer.reason}".rstrip() + (f", Server: {by}" if by else "")
        return Finding(said + (", a server that asks for a key" if self._asks_for_key else ""), seconds=seconds)

    @property
    def _asks_for_key(self) -> bool:
        return self.answer is not None and self.answer.status in BAD_KEY_STATUSES

    def _attempt(self) -> _Attempt:
        if self._made is None:
            probe, error, started_s = Probe(self._target), None, time.monotonic()
            try:
                in_time(probe, probe.knock)
            except IdxstreamError as caught:
                error = caught
            self._made = _Attempt(probe, error, started_s, time.monotonic())
            probe.drop()
        return self._made

    def _refined(self, attempt: _Attempt) -> IdxstreamError:
        error = attempt.error or RefusedError(f"{self._target.name} gave no answer to the upgrade", "check --url")
        location = self.answer.headers.get("location", "") if self.answer else ""
        if isinstance(error, RefusedError) and location:
            place = bare_url(urljoin(self._target.url, self._target.redactor.clean(location)))
            return RefusedError(f"{error.what}, to {place}", error.hint)
        if self.answer is not None and not error.hint:  # who answers does not depend on the way there
            error.hint = advice_of(error) or TRY_LATER
        return error

    def _told(self, security: Security, left_days: float | None) -> str:
        certificate = security.certificate
        whose = f"certificate of {_subject(certificate)} by {_name(certificate, 'issuer')}"
        parts = [f"{security.version}, {security.cipher}", whose]
        if left_days is not None:
            parts.append(f"{left_days:.0f} days left")
        if self._target.trust is not None:
            parts.append(f"trusted with --ca-file {self._target.trust.path}")
        return "; ".join(parts)


def _days_left(certificate: Mapping[str, Any]) -> float | None:
    end = certificate.get("notAfter")
    return (ssl.cert_time_to_seconds(end) - time.time()) / DAY_S if end else None


def _subject(certificate: Mapping[str, Any]) -> str:
    names = [name for _, name in certificate.get("subjectAltName", ())]
    more = len(names) - NAMES_SHOWN
    shown = ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return shown or _name(certificate, "subject")


def _name(certificate: Mapping[str, Any], whose: str) -> str:
    """The names by which people know a subject or an issuer."""
    fields: dict[str, str] = dict(_pairs(certificate.get(whose, ())))
    known = [fields[name] for name in ("organizationName", "commonName") if name in fields]
    return ", ".join(known or fields.values()) or "nobody"


def _pairs(name: Iterable[Iterable[tuple[str, str]]]) -> Iterable[tuple[str, str]]:
    for part in name:
        yield from part
