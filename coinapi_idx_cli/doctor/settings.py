"""The step `settings`: where to, from where that is known, and whether the key is there and looks like one."""

from __future__ import annotations

import re

from coinapi_idx_cli.credentials.api_key import USUAL_KEY, ApiKey
from coinapi_idx_cli.doctor.case import Case
from coinapi_idx_cli.doctor.step import Finding
from coinapi_idx_cli.net.urls import bare_url, is_loopback

NO_KEY = "no key, which a server on this machine may not need"


def check_settings(case: Case) -> Finding:
    """Raises why there is not a key, when one is needed."""
    if case.key.problem is not None:
        raise case.key.problem
    key = case.key.key
    kept = f"key of {len(key.reveal())} characters ({case.key.origin}), sent by {case.auth}" if key else NO_KEY
    hints = [*case.key.warnings, *(() if is_loopback(case.feed.host) else (*_about_key(key), *_about_scheme(case)))]
    return Finding(f"{bare_url(case.url)} ({case.url_origin}); {kept}", "; ".join(hints))


def _about_key(key: ApiKey | None) -> list[str]:
    if key is None or re.fullmatch(USUAL_KEY, key.reveal()):
        return []
    return ["the key does not look like the vendor's, 36 characters in five groups: was it copied in full?"]


def _about_scheme(case: Case) -> list[str]:
    target = case.feed
    if target.secure:
        return []
    return [f"ws:// sends everything in the clear, including the key; wss:// to {target.host} would not"]
