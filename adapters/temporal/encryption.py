"""Encrypts what Temporal keeps: AES-GCM, with the key's id beside it so that keys can be replaced."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING: Final = b"binary/encrypted"
_KEY_ID: Final = "encryption-key-id"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = frozenset({16, 24, 32})


class UnknownPayloadKeyError(Exception):
    """A payload was encrypted by a key that is not configured here; the argument is its id."""


class UnreadablePayloadError(Exception):
    """A payload was changed, or is not of the key that it names."""


class InvalidPayloadKeyError(ValueError):
    """A configured key is not base64 of 16, 24 or 32 bytes."""


class EncryptionCodec(PayloadCodec):
    """Encrypts with the current key, decrypts with any that is known.

    To replace a key: add the new one as current and keep the old one until no history holds it any more.
    """

    def __init__(self, current: str, keys: Mapping[str, str]) -> None:
        """`keys`: base64 by key id; `current` is the id to encrypt with. Raises `InvalidPayloadKeyError`."""
        self._current = current
        self._ciphers = {key_id: AESGCM(_key_bytes(key_id, text)) for key_id, text in keys.items()}
        if current not in self._ciphers:
            raise InvalidPayloadKeyError(f"no key {current!r}")

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each payload whole, metadata and all, inside an encrypted one."""
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Back again; what was never encrypted passes.

        Raises `UnknownPayloadKeyError`, `UnreadablePayloadError`.
        """
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        key_id = self._current.encode()
        nonce = os.urandom(_NONCE_BYTES)
        # The key id is authenticated: nobody can point a payload at another key.
        sealed = self._ciphers[self._current].encrypt(nonce, payload.SerializeToString(), key_id)
        return Payload(metadata={"encoding": ENCODING, _KEY_ID: key_id}, data=nonce + sealed)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        key_id = payload.metadata.get(_KEY_ID, b"")
        cipher = self._ciphers.get(key_id.decode(errors="replace"))
        if cipher is None:
            raise UnknownPayloadKeyError(key_id.decode(errors="replace"))
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, key_id))
        except (InvalidTag, ValueError) as error:
            raise UnreadablePayloadError from error


def _key_bytes(key_id: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidPayloadKeyError(f"key {key_id!r} is not base64") from error
    if len(key) not in _KEY_BYTES:
        raise InvalidPayloadKeyError(f"key {key_id!r} has {len(key)} bytes, wanted 16, 24 or 32")
    return key
