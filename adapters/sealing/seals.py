"""What a seal looks like and how it is made: AES-SIV, so that equal contents of a buyer have equal seals."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from domain.address import Address

KEY_BITS: Final = 512  # two AES-256 keys (RFC 5297)
_FORM: Final = re.compile(r"sealed:1:([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{22,})")
# What is sealed takes part in the seal, so that none passes for another kind or version.
_ADDRESS: Final = b"orderkeep address 1"
_TEXT: Final = b"orderkeep text 1"


class UnreadableSealError(Exception):
    """A seal that no key of ours has made: changed, of another kind, or its key is lost."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal taken apart: which key, and what is behind it."""

    key_id: str
    hidden: bytes


def seal_in(text: str) -> Seal | None:
    """The seal that `text` is, None when it is plain."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    try:
        return Seal(found[1], base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4)))
    except binascii.Error:
        return None


def seal_address(key_id: str, key: bytes, address: Address) -> Address:
    """The address behind a seal."""
    said = json.dumps(
        [address.street, address.city, address.zip_code, address.country],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return Address.behind(_sealed(key_id, key, said.encode(), _ADDRESS), address.country)


def open_address(seal: Seal, key: bytes) -> Address:
    """The address back. Raises `UnreadableSealError`."""
    return Address(*json.loads(_opened(seal, key, _ADDRESS)))


def seal_text(key_id: str, key: bytes, text: str) -> str:
    """The text behind a seal, also one that looks like a seal itself."""
    return _sealed(key_id, key, text.encode(), _TEXT)


def open_text(seal: Seal, key: bytes) -> str:
    """The text back. Raises `UnreadableSealError`."""
    return _opened(seal, key, _TEXT).decode()


def _sealed(key_id: str, key: bytes, said: bytes, kind: bytes) -> str:
    hidden = AESSIV(key).encrypt(said, [kind, key_id.encode()])
    return f"sealed:1:{key_id}:{base64.urlsafe_b64encode(hidden).decode().rstrip('=')}"


def _opened(seal: Seal, key: bytes, kind: bytes) -> bytes:
    try:
        return AESSIV(key).decrypt(seal.hidden, [kind, seal.key_id.encode()])
    except (InvalidTag, ValueError) as error:
        raise UnreadableSealError(seal.key_id) from error
