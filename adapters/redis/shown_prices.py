"""Prices to show, through two caches: the process's own and Valkey. What is charged never comes from here.

Keys hold the price book's version, so that a change makes new keys and nothing has to be thrown away. What is
left of a quota is never cached.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from adapters.redis.resting import RestingCache
from adapters.redis.shown_documents import page_document, page_from, promotions_document, promotions_from
from adapters.redis.two_levels import LARGEST, Entry, Form, TwoLevels
from domain.pricing.promotion import Promotion

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from domain.ports.prices import BasePage, PlaceAndTime, PriceBook, Promotions
    from domain.pricing.book import ItemPrice

# `active` tells what begins within ten minutes, so that a list is whole for longer than this.
LIFETIME: Final = timedelta(minutes=5)
# How old a known version may be: with a read or two it stays below the second that a change may take.
VERSION_AGE: Final = timedelta(milliseconds=250)
# Of the form in Valkey; another release with another form reads none of ours.
_FORM: Final = "1"


class BookVersion:
    """The price book's version, asked at most once per `age` by this process; callers share one question."""

    def __init__(self, book: PriceBook, age: timedelta = VERSION_AGE) -> None:
        self._book = book
        self._age = age.total_seconds()
        self._known = 0
        self._fresh_until = 0.0
        self._lock = asyncio.Lock()

    async def now(self) -> int:
        """A version that was the newest at most `age` ago. Raises what the price book raises."""
        if time.monotonic() < self._fresh_until:
            return self._known
        async with self._lock:
            asked_at = time.monotonic()
            if asked_at >= self._fresh_until:
                self._known = await self._book.version()
                self._fresh_until = asked_at + self._age
        return self._known


class ShownPriceBook:
    """`domain.ports.prices.PriceBook` in front of another one. `namespace` names the store behind it."""

    def __init__(
        self,
        client: Redis,
        book: PriceBook,
        version: BookVersion,
        namespace: str,
        *,
        largest: int = LARGEST,
    ) -> None:
        self._book = book
        self._version = version
        self._namespace = namespace
        shared = RestingCache(client, "shown base prices")
        self._levels = TwoLevels(shared, Form(page_document, page_from), largest=largest)

    async def page(self, skus: Collection[str], place: PlaceAndTime) -> BasePage:
        """See the port; as it was at most a second ago."""
        version = await self._version.now()
        wanted = sorted(set(skus))
        key = _key("page", self._namespace, version, place, wanted)

        async def load() -> Entry[BasePage]:
            page = await self._book.page(wanted, place)
            turn = await self._book.next_turn(wanted, place)
            until = place.at + LIFETIME
            weight = len(page.items) + len(page.fees.delivery) + 1
            return Entry(page, place.at, min(until, turn) if turn else until, weight)

        return await self._levels.get(key, place.at, load)

    async def next_turn(self, skus: Collection[str], place: PlaceAndTime) -> datetime | None:
        """See the port; not cached."""
        return await self._book.next_turn(skus, place)

    async def version(self) -> int:
        """See the port; as it was at most 250 ms ago."""
        return await self._version.now()


class ShownPromotions:
    """`domain.ports.prices.Promotions` in front of another one. `namespace` names the store behind it."""

    def __init__(
        self,
        client: Redis,
        promotions: Promotions,
        version: BookVersion,
        namespace: str,
        *,
        largest: int = LARGEST,
    ) -> None:
        self._promotions = promotions
        self._version = version
        self._namespace = namespace
        shared = RestingCache(client, "shown promotions")
        self._levels = TwoLevels(shared, Form(promotions_document, promotions_from), largest=largest)

    async def active(
        self, items: Collection[ItemPrice], place: PlaceAndTime, segments: Collection[str]
    ) -> tuple[Promotion, ...]:
        """See the port; as it was at most a second ago."""
        version = await self._version.now()
        goods = sorted((item.sku, item.merchant_id) for item in items)
        key = _key("promotions", self._namespace, version, place, [sorted(set(segments)), goods])

        async def load() -> Entry[tuple[Promotion, ...]]:
            found = await self._promotions.active(items, place, segments)
            return Entry(found, place.at, place.at + LIFETIME, len(found) + 1)

        found = await self._levels.get(key, place.at, load)
        return tuple(promotion for promotion in found if place.at < promotion.ends_at)


def _key(kind: str, namespace: str, version: int, place: PlaceAndTime, scope: Any) -> str:
    digest = sha256(json.dumps(scope).encode()).hexdigest()
    return f"shown:{_FORM}:{kind}:{namespace}:{version}:{place.currency}:{place.region}:{digest}"
