"""When which base price of a SKU holds: standing prices, and passing ones that go before them for a time.

Timetables are plain tuples, so that any store can keep them; nothing here knows today's time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.items import BasePrice
from domain.errors import InvalidValueError


@dataclass(frozen=True, slots=True)
class PriceSpan:
    """A base price from `starts_at` (None: it always held) until just before `ends_at` (None: for good).

    `passing` prices are put for a time and go before the standing ones. Of one place (currency and region)
    and kind, spans never overlap. Raises `InvalidValueError` for an empty span.
    """

    price: BasePrice
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    passing: bool = False

    def __post_init__(self) -> None:
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise InvalidValueError(field="ends_at", rule="later than starts_at")

    @property
    def place(self) -> tuple[str, str]:
        """Currency and region."""
        return self.price.market_price.currency, self.price.region

    def holds_at(self, at: datetime) -> bool:
        """From its start on, until just before its end."""
        begun = self.starts_at is None or self.starts_at <= at
        return begun and (self.ends_at is None or at < self.ends_at)


Timetable = tuple[PriceSpan, ...]


def price_at(spans: Iterable[PriceSpan], currency: str, region: str, at: datetime) -> BasePrice | None:
    """The base price that holds there and then. The region's own goes before the one for everywhere, and
    in one place a passing price before a standing one.
    """
    fitting = [s for s in spans if s.place in {(currency, region), (currency, "")} and s.holds_at(at)]
    best = max(fitting, key=lambda span: (span.place[1], span.passing), default=None)
    return best.price if best else None


def standing_at(spans: Iterable[PriceSpan], at: datetime) -> tuple[BasePrice, ...]:
    """The standing prices of that moment, by place."""
    holding = [span for span in spans if not span.passing and span.holds_at(at)]
    return tuple(span.price for span in sorted(holding, key=lambda span: span.place))


def with_standing(spans: Timetable, prices: Collection[BasePrice], now: datetime) -> Timetable:
    """These are the prices from now on, and places that are not named have none any more.

    A standing price that was set for a later time still follows, and passing prices pass as they were to. A
    place that never had a price has its first one for all time before, too: so clocks that differ a little
    do not hide a new item. An unchanged price changes nothing.
    """
    places = {(price.market_price.currency, price.region) for price in prices}
    kept = [s for span in spans for s in ([span] if span.place in places else _before(span, now))]
    for price in prices:
        kept = _stand(kept, PriceSpan(price), now)
    return tuple(kept)


def with_price(spans: Timetable, wanted: PriceSpan) -> Timetable:
    """This price holds for its time. With an end it passes, and afterwards what held before holds again;
    without one it is the standing price from its start on, and standing prices set for later are gone.
    """
    span = replace(wanted, passing=wanted.ends_at is not None)
    rivals = {s for s in spans if s.place == span.place and s.passing is span.passing}
    if any(rival.price == span.price and _within(span, rival) for rival in rivals):
        return spans
    return (*(s for old in spans for s in (_around(old, span) if old in rivals else [old])), span)


def _stand(spans: list[PriceSpan], span: PriceSpan, now: datetime) -> list[PriceSpan]:
    ours = [s for s in spans if s.place == span.place]
    standing = [s for s in ours if not s.passing]
    today = next((s for s in standing if s.holds_at(now)), None)
    if today is not None and today.price == span.price:
        return spans
    starts = (s.starts_at for s in standing if s.starts_at is not None)
    new = replace(
        span,
        starts_at=now if ours else None,
        ends_at=min((start for start in starts if start > now), default=None),
    )
    return [*(s for s in spans if s is not today), *(_before(today, now) if today else ()), new]


def _around(old: PriceSpan, new: PriceSpan) -> list[PriceSpan]:
    """What is left of a span beside a new one."""
    before = [] if new.starts_at is None else _before(old, new.starts_at)
    after = [] if new.ends_at is None else _after(old, new.ends_at)
    return [*before, *after]


def _before(span: PriceSpan, moment: datetime) -> list[PriceSpan]:
    if span.starts_at is not None and span.starts_at >= moment:
        return []
    return [span if span.ends_at is not None and span.ends_at <= moment else replace(span, ends_at=moment)]


def _after(span: PriceSpan, moment: datetime) -> list[PriceSpan]:
    if span.ends_at is not None and span.ends_at <= moment:
        return []
    late = span.starts_at is not None and span.starts_at >= moment
    return [span if late else replace(span, starts_at=moment)]


def _within(span: PriceSpan, other: PriceSpan) -> bool:
    begins = other.starts_at is None or (span.starts_at is not None and other.starts_at <= span.starts_at)
    ends = other.ends_at is None or (span.ends_at is not None and span.ends_at <= other.ends_at)
    return begins and ends
