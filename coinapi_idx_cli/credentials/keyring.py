"""The key in the system's keyring, by the package `keyring`, which is optional and slow to load."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from coinapi_idx_cli.credentials.api_key import ApiKey
from coinapi_idx_cli.errors import CredentialsError, UsageError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "idxstream"
DEFAULT_ENTRY = "default"
OTHER_WAYS = "COINAPI_KEY_FILE names a file that holds it, and api-key-file in the settings file does, too"
NO_KEYRING = "this machine has no keyring"


class NoKeyringHereError(CredentialsError):
    """The package is installed, and the machine has nothing that it could ask, as on most servers."""


def is_installed() -> bool:
    return find_spec("keyring") is not None


def check_installed() -> None:
    """Raises UsageError when it is not."""
    if not is_installed():
        raise UsageError("the keyring needs a package that is not installed", "pip install 'idxstream[keyring]'")


def stored_key(profile: str | None) -> ApiKey | None:
    """The key of the profile, else the one for all. Raises CredentialsError when the keyring cannot be asked."""
    import keyring

    for entry in dict.fromkeys((profile or DEFAULT_ENTRY, DEFAULT_ENTRY)):
        try:
            text = keyring.get_password(SERVICE, entry)
        except Exception as error:  # noqa: BLE001 - each backend has errors of its own
            kind = NoKeyringHereError if _is_missing(error) else CredentialsError
            raise kind(f"cannot read the keyring: {_reason(error)}", OTHER_WAYS) from None
        if text:
            return ApiKey(text, f"the keyring, entry {entry}")
    return None


def store_key(profile: str | None, key: ApiKey) -> str:
    """Put it there; returns where that is, in words.

    Raises CredentialsError when the keyring does not keep the key.
    """
    import keyring

    entry = profile or DEFAULT_ENTRY
    try:
        keyring.set_password(SERVICE, entry, key.reveal())
        kept = keyring.get_password(SERVICE, entry)
    except Exception as error:  # noqa: BLE001
        raise CredentialsError(f"cannot store the key: {_reason(error)}", OTHER_WAYS) from None
    if kept != key.reveal():  # as the null backend, which takes everything
        raise CredentialsError(f"{_name(keyring.get_keyring())} did not store the key", OTHER_WAYS)
    return f"{_name(keyring.get_keyring())}, entry {entry}"


def _is_missing(error: Exception) -> bool:
    from keyring.errors import NoKeyringError

    return isinstance(error, NoKeyringError)


def _reason(error: Exception) -> str:
    if _is_missing(error):
        return NO_KEYRING
    return str(error) or type(error).__name__


def _name(backend: KeyringBackend) -> str:
    return str(getattr(backend, "name", "") or type(backend).__name__)
