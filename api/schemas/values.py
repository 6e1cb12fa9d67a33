"""Small values that many requests share: texts, ids, quantities, money."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from api.schemas.currency import Currency
from domain.address import LONGEST_FIELD
from domain.catalogue.items import LONGEST_ID, LONGEST_TITLE
from domain.money import BASIS_POINTS, LARGEST_AMOUNT
from domain.order.lines import LARGEST_QUANTITY, MOST_LINES

# No control characters (NUL would be refused by PostgreSQL later), and something to see.
VISIBLE = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
# Ids stand in addresses and keys: no blanks, nothing outside printable ASCII.
IDENTIFIER = r"^[\x21-\x7e]+$"

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=IDENTIFIER)]
Sku = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=VISIBLE)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TITLE, pattern=VISIBLE)]
AddressText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_FIELD, pattern=VISIBLE)]
Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=IDENTIFIER),
    Field(examples=["insurance"]),
]
VoucherCode = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=IDENTIFIER), Field(examples=["SPRING-100"])
]
Points = Annotated[int, Field(ge=0, le=1_000_000_000, examples=[500])]
BasisPoints = Annotated[
    int, Field(ge=0, le=BASIS_POINTS, description="hundredths of a per cent", examples=[200])
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(examples=["CN"])]
Quantity = Annotated[int, Field(ge=1, le=LARGEST_QUANTITY)]
Amount = Annotated[
    int, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT, description="minor units", examples=[19900])
]
Price = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT, description="minor units", examples=[19900])]


_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _in_our_time(moment: datetime) -> datetime:
    if not _EARLIEST <= moment <= _LATEST:
        raise PydanticCustomError("not_in_our_time", "must lie between the years 2000 and 2200")
    return moment.astimezone(UTC)


# A time that somebody means, in UTC; the ends of the calendar would overflow in other zones.
Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time), Field(examples=["2026-01-31T08:15:00Z"])]


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds. `moment` must be in UTC already."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


Instant = Annotated[
    datetime, PlainSerializer(instant, return_type=str), Field(examples=["2026-01-31T08:15:00.000Z"])
]


class RequestBody(BaseModel):
    """Base of everything that callers send: strict types, no fields that we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AnswerBody(BaseModel):
    """Base of everything that callers get. It documents; answers are written without passing through it."""

    model_config = ConfigDict(extra="forbid")


class TextsView(AnswerBody):
    """The same words in English and Chinese."""

    en: str
    zh: str


class MoneyBody(RequestBody):
    """An amount in minor units of an ISO 4217 currency."""

    amount: Amount
    currency: Currency


class PriceBody(RequestBody):
    """A price: an amount that is not negative."""

    amount: Price
    currency: Currency


class LineBody(RequestBody):
    """How many of what."""

    sku: Annotated[Sku, Field(examples=["tea-01"])]
    quantity: Annotated[Quantity, Field(examples=[2])]


Lines = Annotated[tuple[LineBody, ...], Field(min_length=1, max_length=MOST_LINES)]


class AddressView(AnswerBody):
    """Where goods go. Without street, city and code when the buyer's personal data was `erased`."""

    street: str | None
    city: str | None
    zip_code: str | None
    country: Country
    erased: bool


class AddressBody(RequestBody):
    """Where goods go; `country` is an ISO 3166 alpha-2 code."""

    street: Annotated[AddressText, Field(examples=["1 Harbour Road"])]
    city: Annotated[AddressText, Field(examples=["Shanghai"])]
    zip_code: Annotated[AddressText, Field(examples=["200000"])]
    country: Country
