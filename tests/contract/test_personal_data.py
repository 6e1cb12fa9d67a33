"""What whoever seals personal data promises, over keys in memory and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from adapters.memory.buyer_keys import MemoryBuyerKeys
from adapters.postgres.buyer_keys import PostgresBuyerKeys
from adapters.sealing.known_keys import KnownKeys
from adapters.sealing.master_keys import DamagedBuyerKeyError, MasterKeys, UnknownMasterKeyError
from adapters.sealing.personal_data import SealedPersonalData
from adapters.sealing.seals import UnreadableSealError
from adapters.settings import LOCAL_PERSONAL_DATA_KEY
from domain.address import LONGEST_FIELD, Address
from domain.ports.buyer_keys import BuyerKeys
from domain.ports.personal_data import BuyerErasedError
from tests.support.builders import HOME, NOON
from tests.support.port_worlds import PortWorld

ELSEWHERE = Address("2 Mill Lane", "Leeds", "LS1 4AP", "GB")
NEW_MASTER = "bmV3LW1hc3Rlci1rZXktMDAwMDAwMDAwMDAwMDAwMDA="
BY = "operator"


@pytest.fixture
def keys(world: PortWorld) -> BuyerKeys:
    return MemoryBuyerKeys() if world.pool is None else PostgresBuyerKeys(world.pool)


@pytest.fixture
def personal(keys: BuyerKeys) -> SealedPersonalData:
    return a_process(keys)


@pytest.fixture
def buyer() -> str:
    return f"buyer-{uuid4().hex}"


def a_process(keys: BuyerKeys, current: str = LOCAL_PERSONAL_DATA_KEY, *previous: str) -> SealedPersonalData:
    """Whoever seals in a process of its own: it remembers nothing of what others know."""
    return SealedPersonalData(keys, MasterKeys(current, previous))


async def test_a_sealed_address_shows_its_country_and_nothing_else(
    personal: SealedPersonalData, buyer: str
) -> None:
    sealed = await personal.seal_address(buyer, HOME)

    assert (sealed.street, sealed.city, sealed.zip_code, sealed.country) == ("", "", "", HOME.country)
    assert not any(word in sealed.sealed for word in (HOME.street, HOME.city, HOME.zip_code, buyer))
    assert await personal.open_address(sealed) == HOME


async def test_the_longest_address_of_the_widest_letters_fits_behind_a_seal(
    personal: SealedPersonalData, buyer: str
) -> None:
    widest = Address("𝕬" * LONGEST_FIELD, "𝕭" * LONGEST_FIELD, "𝕮" * LONGEST_FIELD, "CN")

    assert await personal.open_address(await personal.seal_address(buyer, widest)) == widest


async def test_equal_places_of_a_buyer_have_equal_seals_in_every_process(keys: BuyerKeys, buyer: str) -> None:
    here, there = await asyncio.gather(
        *(a_process(keys).seal_address(buyer, HOME) for _ in range(2)),
    )

    assert here == there
    assert here != await a_process(keys).seal_address(buyer, ELSEWHERE)


async def test_equal_places_of_two_buyers_have_nothing_in_common(
    personal: SealedPersonalData, buyer: str
) -> None:
    assert await personal.seal_address(buyer, HOME) != await personal.seal_address(f"{buyer}-2", HOME)


async def test_a_sealed_address_is_not_sealed_again(personal: SealedPersonalData, buyer: str) -> None:
    sealed = await personal.seal_address(buyer, HOME)

    assert await personal.seal_address(buyer, sealed) == sealed


async def test_a_plain_address_of_an_earlier_release_is_read_as_it_is(personal: SealedPersonalData) -> None:
    assert await personal.open_address(HOME) == HOME


@pytest.mark.parametrize("words", ["Ring twice, Mrs Müller!", "", "sealed:1:", "线上\n订单"])
async def test_a_buyers_own_words_come_back_as_they_were(
    personal: SealedPersonalData, buyer: str, words: str
) -> None:
    sealed = await personal.seal_text(buyer, words)

    assert sealed != words
    assert "Müller" not in sealed
    assert await personal.open_text(sealed) == words


async def test_words_that_look_like_a_seal_are_sealed_like_any_other(
    personal: SealedPersonalData, buyer: str
) -> None:
    foreign = await personal.seal_text(f"{buyer}-2", "secret")

    assert await personal.open_text(await personal.seal_text(buyer, foreign)) == foreign


async def test_plain_words_of_an_earlier_release_are_read_as_they_are(personal: SealedPersonalData) -> None:
    assert await personal.open_text("The buyer called.") == "The buyer called."


async def test_after_an_erasure_nothing_of_the_buyer_is_readable_and_all_of_the_others_is(
    personal: SealedPersonalData, buyer: str
) -> None:
    address, words = await personal.seal_address(buyer, HOME), await personal.seal_text(buyer, "ring twice")
    other = await personal.seal_address(f"{buyer}-2", HOME)

    assert await personal.erase(buyer, BY, NOON)

    assert await personal.open_address(address) is None
    assert await personal.open_text(words) is None
    assert await personal.is_erased(buyer)
    assert await personal.open_address(other) == HOME
    assert not await personal.is_erased(f"{buyer}-2")


async def test_nothing_more_is_sealed_for_an_erased_buyer(personal: SealedPersonalData, buyer: str) -> None:
    sealed = await personal.seal_address(buyer, HOME)
    await personal.erase(buyer, BY, NOON)

    for _ in range(2):
        with pytest.raises(BuyerErasedError):
            await personal.seal_text(buyer, "again")
        with pytest.raises(BuyerErasedError):
            await personal.seal_address(buyer, sealed)


async def test_a_buyer_is_erased_once(personal: SealedPersonalData, buyer: str) -> None:
    done = await asyncio.gather(*(personal.erase(buyer, BY, NOON) for _ in range(5)))

    assert sorted(done) == [False, False, False, False, True]


async def test_a_buyer_never_heard_of_is_erased_too(personal: SealedPersonalData, buyer: str) -> None:
    assert await personal.erase(buyer, BY, NOON)

    with pytest.raises(BuyerErasedError):
        await personal.seal_address(buyer, HOME)


async def test_an_erasure_counts_in_another_process_after_two_seconds(keys: BuyerKeys, buyer: str) -> None:
    seconds = 0.0
    other = SealedPersonalData(keys, MasterKeys(LOCAL_PERSONAL_DATA_KEY), KnownKeys(now=lambda: seconds))
    sealed = await other.seal_address(buyer, HOME)
    await a_process(keys).erase(buyer, BY, NOON)
    assert await other.is_erased(buyer)

    seconds = 1.9
    assert await other.open_address(sealed) == HOME
    seconds = 2.0

    assert await other.open_address(sealed) is None
    with pytest.raises(BuyerErasedError):
        await other.seal_address(buyer, HOME)


async def test_buyers_who_come_at_once_get_one_key(keys: BuyerKeys, buyer: str) -> None:
    sealed = await asyncio.gather(*(a_process(keys).seal_text(buyer, "the same") for _ in range(10)))

    assert len(set(sealed)) == 1


async def test_a_changed_seal_is_refused_and_not_guessed_at(personal: SealedPersonalData, buyer: str) -> None:
    text = await personal.seal_text(buyer, "ring twice")
    place = await personal.seal_address(buyer, HOME)
    changed = text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:]

    with pytest.raises(UnreadableSealError):
        await personal.open_text(changed)
    with pytest.raises(UnreadableSealError):
        await personal.open_text(place.sealed)  # of another kind
    with pytest.raises(UnreadableSealError):
        await personal.open_address(Address.behind(text, "CN"))
    with pytest.raises(UnreadableSealError):
        await personal.open_address(Address.behind("whatever", "CN"))
    with pytest.raises(UnreadableSealError):  # nobody knows its key
        await personal.open_text("sealed:1:" + "A" * 22 + text[text.rindex(":") :])


async def test_keys_of_a_previous_master_key_stay_good_until_they_are_wrapped_anew(
    keys: BuyerKeys, buyer: str
) -> None:
    before = await a_process(keys).seal_address(buyer, HOME)
    changing = a_process(keys, NEW_MASTER, LOCAL_PERSONAL_DATA_KEY)
    assert await changing.open_address(before) == HOME

    assert await changing.rewrap() >= 1
    assert await changing.rewrap() == 0

    assert await a_process(keys, NEW_MASTER).open_address(before) == HOME
    with pytest.raises(UnknownMasterKeyError):
        await a_process(keys).open_address(before)


async def test_what_was_erased_is_not_wrapped_anew(keys: BuyerKeys, buyer: str) -> None:
    await a_process(keys).seal_address(buyer, HOME)
    (known,) = [key for key in await keys.wrapped_by_others("", 10_000) if key.buyer_id == buyer]
    await keys.destroy(buyer, "new", BY, NOON)

    assert not await keys.rewrap(known, b"wrapped", "master")
    assert await keys.is_destroyed(buyer)


async def test_a_key_put_under_another_buyer_opens_nothing(keys: BuyerKeys, buyer: str) -> None:
    await a_process(keys).seal_address(buyer, HOME)
    (known,) = [key for key in await keys.wrapped_by_others("", 10_000) if key.buyer_id == buyer]
    thief = f"{buyer}-2"
    await keys.get_or_add(replace(known, id=uuid4().hex[:22], buyer_id=thief))

    with pytest.raises(DamagedBuyerKeyError):
        await a_process(keys).seal_address(thief, HOME)
