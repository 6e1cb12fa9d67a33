"""Personal data behind real seals, with keys in memory."""

from __future__ import annotations

from adapters.memory.buyer_keys import MemoryBuyerKeys
from adapters.sealing.master_keys import MasterKeys
from adapters.sealing.personal_data import SealedPersonalData
from adapters.settings import LOCAL_PERSONAL_DATA_KEY
from domain.ports.buyer_keys import BuyerKeys


def sealing(keys: BuyerKeys | None = None) -> SealedPersonalData:
    """Whoever seals, over these keys or over none yet."""
    return SealedPersonalData(keys or MemoryBuyerKeys(), MasterKeys(LOCAL_PERSONAL_DATA_KEY))
