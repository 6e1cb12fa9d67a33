"""The words of the contracts are those of the business, all of them and no others."""

from __future__ import annotations

from enum import StrEnum

import pytest

from adapters.protobuf.codec import word_of
from adapters.protobuf.v1 import events_pb2, inventory_pb2, orders_pb2, payments_pb2, pricing_pb2
from domain.catalogue.items import Category
from domain.order.returns import ReturnReason
from domain.order.shipments import ShipmentEnd, ShipmentStatus
from domain.order.status import CancelReason, FulfilmentStatus, OrderStatus, PaymentStatus
from domain.payment.capture import CaptureMode
from domain.payment.review import ReviewDecision
from domain.pricing.breakdown import Funder, Layer
from domain.pricing.consistency import Urgency, Verdict
from domain.pricing.reasons import Reason
from domain.pricing.request import Scene
from domain.stock.hold import HoldStatus

FILES = (events_pb2, inventory_pb2, orders_pb2, payments_pb2, pricing_pb2)
ENUMS = {name: enum for file in FILES for name, enum in file.DESCRIPTOR.enum_types_by_name.items()}
WORDS: dict[str, type[StrEnum]] = {
    **{
        kind.__name__: kind
        for kind in (Category, OrderStatus, PaymentStatus, FulfilmentStatus, ShipmentStatus, ShipmentEnd)
    },
    **{kind.__name__: kind for kind in (CancelReason, ReturnReason, CaptureMode, ReviewDecision)},
    **{kind.__name__: kind for kind in (Scene, Layer, Funder, Urgency, Verdict, Reason)},
    "ReservationStatus": HoldStatus,
}


def test_every_enumeration_of_the_contracts_is_one_of_the_business():
    assert ENUMS.keys() == WORDS.keys()


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_a_contract_has_every_word_of_the_business(name):
    enum = ENUMS[name]
    said = {word_of(enum, value.number) for value in enum.values if value.number}

    assert said == {word.value for word in WORDS[name]}


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_nothing_said_is_no_word(name):
    assert ENUMS[name].values_by_number[0].name.endswith("_UNSPECIFIED")
    with pytest.raises(ValueError, match=name):
        word_of(ENUMS[name], 0)
