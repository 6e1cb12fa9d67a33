"""The master keys behind which buyers' keys are kept: AES-GCM, bound to the buyer and the key's id."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.ports.buyer_keys import BuyerKey

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID_CHARACTERS: Final = 16
_NAME: Final = b"orderkeep master key 1\x00"


class InvalidMasterKeyError(ValueError):
    """A configured master key is not base64 of 32 bytes."""


class UnknownMasterKeyError(Exception):
    """A buyer's key is wrapped by a master key that is not configured here; the argument is its id."""


class DamagedBuyerKeyError(Exception):
    """A stored key was changed, or is another buyer's; the argument is its id."""


class MasterKeys:
    """Wraps with the current key, unwraps with any that is known.

    To replace it: configure the new one as current and the old one as previous, have all keys wrapped anew
    (`orderkeep buyers rewrap`), then drop the old one.
    """

    def __init__(self, current: str, previous: Sequence[str] = ()) -> None:
        """Each is base64 of 32 bytes. Raises `InvalidMasterKeyError`."""
        known = [_key_bytes(text) for text in (current, *previous)]
        self._ciphers = {_id_of(key): AESGCM(key) for key in reversed(known)}
        self.current = _id_of(known[0])
        self.known = frozenset(self._ciphers)

    def wrap(self, key_id: str, buyer_id: str, key: bytes) -> BuyerKey:
        """The buyer's key as it may be stored."""
        nonce = os.urandom(_NONCE_BYTES)
        hidden = self._ciphers[self.current].encrypt(nonce, key, _bound_to(key_id, buyer_id))
        return BuyerKey(key_id, buyer_id, nonce + hidden, self.current)

    def unwrap(self, stored: BuyerKey) -> bytes:
        """The buyer's key back. Raises `UnknownMasterKeyError`, `DamagedBuyerKeyError`."""
        cipher = self._ciphers.get(stored.wrapped_by)
        if cipher is None:
            raise UnknownMasterKeyError(stored.wrapped_by)
        nonce, hidden = stored.wrapped[:_NONCE_BYTES], stored.wrapped[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, hidden, _bound_to(stored.id, stored.buyer_id))
        except (InvalidTag, ValueError) as error:
            raise DamagedBuyerKeyError(stored.id) from error


def _bound_to(key_id: str, buyer_id: str) -> bytes:
    return f"{key_id}\x00{buyer_id}".encode()


def _id_of(key: bytes) -> str:
    # Tells which key it is and nothing of it: keys are random, so that no list of digests leads back.
    return sha256(_NAME + key).hexdigest()[:_ID_CHARACTERS]


def _key_bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidMasterKeyError("a master key is not base64") from error
    if len(key) != _KEY_BYTES:
        raise InvalidMasterKeyError(f"a master key has {len(key)} bytes, wanted {_KEY_BYTES}")
    return key
