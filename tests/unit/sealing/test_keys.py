"""Master keys, remembered keys, and what is no seal."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory.buyer_keys import MemoryBuyerKeys
from adapters.sealing import seals
from adapters.sealing.known_keys import KnownKeys
from adapters.sealing.master_keys import (
    DamagedBuyerKeyError,
    InvalidMasterKeyError,
    MasterKeys,
    UnknownMasterKeyError,
)
from adapters.sealing.personal_data import SealedPersonalData
from adapters.settings import LOCAL_PERSONAL_DATA_KEY
from domain.address import LONGEST_SEAL, Address
from domain.ports.buyer_keys import BuyerKey
from domain.ports.personal_data import BuyerErasedError
from tests.support.builders import NOON
from tests.support.personal import sealing

NEW = "bmV3LW1hc3Rlci1rZXktMDAwMDAwMDAwMDAwMDAwMDA="
KEY, KEY_ID = bytes(range(64)), "k" * 22
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200).filter(str.strip)
countries = st.sampled_from(["GB", "CN", "DE"])


@pytest.mark.parametrize("text", ["", "short", "c2hvcnQ=", "not base64 at all!", LOCAL_PERSONAL_DATA_KEY * 2])
def test_a_master_key_that_is_none_is_refused_at_the_start(text: str):
    with pytest.raises(InvalidMasterKeyError):
        MasterKeys(text)
    with pytest.raises(InvalidMasterKeyError):
        MasterKeys(LOCAL_PERSONAL_DATA_KEY, [text])


def test_a_wrapped_key_shows_nothing_of_itself_and_looks_new_each_time():
    masters = MasterKeys(LOCAL_PERSONAL_DATA_KEY)
    first, second = masters.wrap(KEY_ID, "b", KEY), masters.wrap(KEY_ID, "b", KEY)

    assert first.wrapped != second.wrapped
    assert KEY[:16] not in first.wrapped
    assert masters.unwrap(first) == masters.unwrap(second) == KEY
    assert LOCAL_PERSONAL_DATA_KEY not in repr(first)


def test_a_wrapped_key_belongs_to_its_buyer_its_id_and_its_master_key():
    masters = MasterKeys(LOCAL_PERSONAL_DATA_KEY)
    stored = masters.wrap(KEY_ID, "b", KEY)

    for wrong in (
        replace(stored, buyer_id="c"),
        replace(stored, id="other"),
        replace(stored, wrapped=stored.wrapped[:-1]),
        replace(stored, wrapped=b"x"),
    ):
        with pytest.raises(DamagedBuyerKeyError):
            masters.unwrap(wrong)
    with pytest.raises(UnknownMasterKeyError):
        MasterKeys(NEW).unwrap(stored)
    assert MasterKeys(NEW, [LOCAL_PERSONAL_DATA_KEY]).unwrap(stored) == KEY


def test_a_key_that_is_named_twice_wraps_as_the_current_one():
    masters = MasterKeys(NEW, [LOCAL_PERSONAL_DATA_KEY, NEW])

    assert masters.wrap(KEY_ID, "b", KEY).wrapped_by == MasterKeys(NEW).current


def test_only_so_many_keys_are_remembered_the_oldest_makes_room():
    known = KnownKeys(most=2, now=lambda: 0.0)
    for name in ("a", "b", "a", "c"):
        known.put(name, name, KEY, 0.0)

    assert [known.get(name) for name in ("a", "b", "c")] == [("a", KEY), None, ("c", KEY)]


def test_a_key_is_remembered_from_when_it_was_fetched_and_not_from_when_it_was_used():
    clock = 0.0
    known = KnownKeys(now=lambda: clock)
    known.put("a", "a", KEY, clock)
    clock = 1.9
    assert known.get("a") is not None
    clock = 2.0
    assert known.get("a") is None


async def test_a_slow_answer_of_before_an_erasure_does_not_bring_the_key_back():
    keys, gate, asked = MemoryBuyerKeys(), asyncio.Event(), asyncio.Event()
    personal = SealedPersonalData(keys, MasterKeys(LOCAL_PERSONAL_DATA_KEY), KnownKeys(now=lambda: 0.0))
    sealed = await sealing(keys).seal_text("b", "secret")
    get = keys.get

    async def slowly(key_id: str) -> BuyerKey | None:
        found = await get(key_id)
        asked.set()
        await gate.wait()
        return found

    keys.get = slowly  # type: ignore[method-assign]
    reading = asyncio.create_task(personal.open_text(sealed))
    await asked.wait()
    await personal.erase("b", "operator", NOON)
    gate.set()

    assert await reading is None
    assert await personal.open_text(sealed) is None
    with pytest.raises(BuyerErasedError):
        await personal.seal_text("b", "more")


async def test_the_two_seconds_count_from_the_question_however_slow_the_answer():
    keys, clock = MemoryBuyerKeys(), 0.0
    known = KnownKeys(now=lambda: clock)
    personal = SealedPersonalData(keys, MasterKeys(LOCAL_PERSONAL_DATA_KEY), known)
    sealed = await sealing(keys).seal_text("b", "secret")
    get = keys.get

    async def slowly(key_id: str) -> BuyerKey | None:
        nonlocal clock
        found = await get(key_id)
        clock += 5.0
        return found

    keys.get = slowly  # type: ignore[method-assign]
    assert await personal.open_text(sealed) == "secret"
    await sealing(keys).erase("b", "another process", NOON)

    assert await personal.open_text(sealed) is None


@given(street=texts, city=texts, code=texts, country=countries)
def test_every_address_comes_back_and_its_seal_fits_into_an_order(
    street: str, city: str, code: str, country: str
):
    address = Address(street, city, code, country)

    sealed = seals.seal_address(KEY_ID, KEY, address)
    seal = seals.seal_in(sealed.sealed)

    assert seal is not None
    assert len(sealed.sealed) <= LONGEST_SEAL
    assert seals.open_address(seal, KEY) == address
    assert seals.seal_address(KEY_ID, KEY, address) == sealed


@given(words=st.text(st.characters(exclude_categories=["Cs"]), max_size=2_000))
def test_all_words_come_back(words: str):
    sealed = seals.seal_text(KEY_ID, KEY, words)
    seal = seals.seal_in(sealed)

    assert seal is not None
    assert seals.open_text(seal, KEY) == words


@pytest.mark.parametrize(
    "text", ["", "sealed", "sealed:1:", "sealed:1:short:AAAA", "sealed:2:" + "k" * 22 + ":" + "A" * 30]
)
def test_what_only_begins_like_a_seal_is_plain(text: str):
    assert seals.seal_in(text) is None


def test_a_seal_of_half_a_byte_is_plain():
    assert seals.seal_in("sealed:1:" + "k" * 22 + ":" + "A" * 25) is None


def test_a_seal_tells_nothing_to_another_key():
    seal = seals.seal_in(seals.seal_text(KEY_ID, KEY, "secret"))

    assert seal is not None
    with pytest.raises(seals.UnreadableSealError):
        seals.open_text(seal, bytes(64))
    with pytest.raises(seals.UnreadableSealError):
        seals.open_text(replace(seal, key_id="j" * 22), KEY)
    with pytest.raises(seals.UnreadableSealError):
        seals.open_address(seal, KEY)
