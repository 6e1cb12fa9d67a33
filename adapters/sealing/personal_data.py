"""Personal data behind seals, over any store of keys. Erasing destroys the key; no sealed text is touched."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from adapters.sealing import seals
from adapters.sealing.known_keys import KnownKeys
from adapters.sealing.master_keys import MasterKeys
from domain.address import Address
from domain.ports.buyer_keys import BuyerKey, BuyerKeys
from domain.ports.personal_data import BuyerErasedError

_ID_BYTES: Final = 16
_BATCH: Final = 500


class SealedPersonalData:
    """`domain.ports.personal_data.PersonalData`.

    Keys are remembered for two seconds (`KNOWN_FOR`): an erasure counts at once where it is asked for, and
    within that time in every other process. `is_erased` is always exact.
    """

    def __init__(self, keys: BuyerKeys, masters: MasterKeys, known: KnownKeys | None = None) -> None:
        self._keys = keys
        self._masters = masters
        self._known = known or KnownKeys()

    async def seal_address(self, buyer_id: str, address: Address) -> Address:
        """See the port."""
        key_id, key = await self._key_to_seal(buyer_id)
        return address if address.sealed else seals.seal_address(key_id, key, address)

    async def open_address(self, address: Address) -> Address | None:
        """See the port. Raises `UnreadableSealError`."""
        if not address.sealed:
            return address
        seal = seals.seal_in(address.sealed)
        if seal is None:
            raise seals.UnreadableSealError("not a seal")
        key = await self._key_to_open(seal.key_id)
        return None if key is None else seals.open_address(seal, key)

    async def seal_text(self, buyer_id: str, text: str) -> str:
        """See the port."""
        return seals.seal_text(*await self._key_to_seal(buyer_id), text)

    async def open_text(self, text: str) -> str | None:
        """See the port. Raises `UnreadableSealError`."""
        seal = seals.seal_in(text)
        if seal is None:
            return text
        key = await self._key_to_open(seal.key_id)
        return None if key is None else seals.open_text(seal, key)

    async def erase(self, buyer_id: str, by: str, at: datetime) -> bool:
        """See the port."""
        done = await self._keys.destroy(buyer_id, secrets.token_urlsafe(_ID_BYTES), by, at)
        await self._learn(self._keys.get_or_add(self._fresh(buyer_id)))  # destroyed, and none other is made
        return done

    async def is_erased(self, buyer_id: str) -> bool:
        """See the port."""
        return await self._keys.is_destroyed(buyer_id)

    async def rewrap(self) -> int:
        """Put every key behind the current master key; how many were behind another one. May be repeated."""
        done = 0
        while old := await self._keys.wrapped_by_others(self._masters.current, _BATCH):
            for known in old:
                fresh = self._masters.wrap(known.id, known.buyer_id, self._masters.unwrap(known))
                done += await self._keys.rewrap(known, fresh.wrapped, fresh.wrapped_by)
        return done

    async def _key_to_seal(self, buyer_id: str) -> tuple[str, bytes]:
        known = self._known.get(_of_buyer(buyer_id))
        key_id, key = known or await self._learn(self._keys.get_or_add(self._fresh(buyer_id)))
        if key is None:
            raise BuyerErasedError(buyer_id=buyer_id)
        return key_id, key

    async def _key_to_open(self, key_id: str) -> bytes | None:
        known = self._known.get(_by_id(key_id))
        if known is not None:
            return known[1]
        return (await self._learn(self._known_to_store(key_id)))[1]

    async def _known_to_store(self, key_id: str) -> BuyerKey:
        stored = await self._keys.get(key_id)
        if stored is None:
            raise seals.UnreadableSealError(key_id)
        return stored

    async def _learn(self, asked: Awaitable[BuyerKey]) -> tuple[str, bytes | None]:
        since = self._known.now()
        stored = await asked
        key = None if stored.is_destroyed else self._masters.unwrap(stored)
        self._known.put(_by_id(stored.id), stored.id, key, since)
        return self._known.put(_of_buyer(stored.buyer_id), stored.id, key, since)

    def _fresh(self, buyer_id: str) -> BuyerKey:
        key = AESSIV.generate_key(seals.KEY_BITS)
        return self._masters.wrap(secrets.token_urlsafe(_ID_BYTES), buyer_id, key)


def _of_buyer(buyer_id: str) -> str:
    return f"buyer {buyer_id}"


def _by_id(key_id: str) -> str:
    return f"key {key_id}"
