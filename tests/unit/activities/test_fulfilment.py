"""What activities of goods answer when the carrier says no, says nothing, or has heard it before."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.fulfilment import DigitalActivities, ShipmentActivities
from activities.fulfilment_contracts import (
    AllocateGoods,
    BookShipment,
    DeliverDigital,
    RevokeDigital,
    ShipmentReference,
)
from activities.payment_contracts import CapturePayment, PaymentKey
from activities.payments import REFUSED, PaymentActivities
from activities.shipping import ShippingService
from activities.stock import WarehouseActivities
from adapters.clock import RandomIds
from adapters.memory.entitlements import MemoryEntitlements
from adapters.memory.payments import MemoryPaymentAttempts
from domain.address import Address
from domain.money import Money
from domain.order.shipments import Units
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind
from domain.ports.order_context import OrderLineV1, OrderShipmentV1, OrderV1, PlaceOrderRequest
from domain.ports.payments import PaymentRequest
from domain.stock.allocation import AllocatedUnits, NotOnShelvesError, WantedUnits
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble, FakeCarrier
from tests.support.fake_gateway import FakeGateway

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAR = datetime(2999, 1, 1, tzinfo=UTC)
PARCEL = ShipmentReference("ord_1", "shp_1")
BOOKING = BookShipment("ord_1", "shp_1")
HOME = Address("1 Lake Road", "Hangzhou", "310000", "CN")


@dataclass
class OneOrder:
    """An order context that knows one order with one parcel."""

    address: Address | None = HOME
    placed: list[PlaceOrderRequest] = field(default_factory=list)

    async def place_order(self, request: PlaceOrderRequest) -> str:
        self.placed.append(request)
        return "ord_1"

    async def get_order(self, order_id: str) -> OrderV1:
        return OrderV1(
            order_id=order_id,
            number="AAAAA-BBBBBC",
            version=4,
            status="paid",
            payment_status="captured",
            fulfilment_status="unfulfilled",
            buyer_id="buyer-1",
            total=Money(100, "CNY"),
            address=self.address,
            lines=(OrderLineV1(1, "tea", "shop-7", "Tea", "physical", 1),),
            shipments=(OrderShipmentV1("shp_1", "physical", "main", "planned", ((1, 1),)),),
        )


@pytest.fixture
def carrier() -> FakeCarrier:
    return FakeCarrier()


@pytest.fixture
def parcels(carrier: FakeCarrier) -> ShipmentActivities:
    return ShipmentActivities(ShippingService(OneOrder(), carrier), carrier)


async def test_a_parcel_is_booked_with_what_the_order_says(
    parcels: ShipmentActivities, carrier: FakeCarrier
) -> None:
    answer = await parcels.book_shipment(BOOKING)

    booked = carrier.parcels["shp_1"]
    assert (answer.carrier, answer.tracking_number) == ("sandbox", booked.tracking_number)
    assert (booked.booking.address, booked.booking.items[0].sku) == (HOME, "tea")


@pytest.mark.parametrize("operation", CarrierOperation)
async def test_a_silent_carrier_is_an_unknown_outcome(
    parcels: ShipmentActivities, carrier: FakeCarrier, operation: CarrierOperation
) -> None:
    calls: dict[CarrierOperation, Callable[[], Awaitable[object]]] = {
        CarrierOperation.BOOK: lambda: parcels.book_shipment(BOOKING),
        CarrierOperation.RECALL: lambda: parcels.recall_shipment(PARCEL),
        CarrierOperation.CHANGE_ADDRESS: lambda: parcels.readdress_shipment(PARCEL),
        CarrierOperation.TRACK: lambda: parcels.track_shipment(PARCEL),
    }
    carrier.next_call(operation, CarrierTrouble.UNAVAILABLE)

    with pytest.raises(ApplicationError) as silent:
        await calls[operation]()

    assert silent.value.type == "carrier_outcome_unknown"
    assert silent.value.category is ApplicationErrorCategory.BENIGN
    assert not silent.value.non_retryable


async def test_a_refused_booking_is_a_result(parcels: ShipmentActivities, carrier: FakeCarrier) -> None:
    carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.REFUSED)

    assert (await parcels.book_shipment(BOOKING)).refused == "carrier_refused"


async def test_a_parcel_without_an_address_is_refused_before_the_carrier_hears_of_it(
    carrier: FakeCarrier,
) -> None:
    nowhere = ShipmentActivities(ShippingService(OneOrder(address=None), carrier), carrier)

    assert (await nowhere.book_shipment(BOOKING)).refused == "no_destination"
    assert not (await nowhere.readdress_shipment(PARCEL)).done
    assert carrier.calls == []


async def test_a_parcel_of_an_erased_buyer_is_refused_at_once_and_nobody_asks_again(
    carrier: FakeCarrier,
) -> None:
    sealed = Address.behind("sealed:1:whatever", "GB")
    unreadable = ShipmentActivities(ShippingService(OneOrder(address=sealed), carrier), carrier)

    assert (await unreadable.book_shipment(BOOKING)).refused == "buyer_erased"
    moved = await unreadable.readdress_shipment(PARCEL)
    assert (moved.done, moved.refused) == (False, "buyer_erased")
    assert carrier.calls == []


async def test_a_parcel_that_has_left_is_neither_recalled_nor_sent_elsewhere(
    parcels: ShipmentActivities, carrier: FakeCarrier
) -> None:
    await parcels.book_shipment(BOOKING)
    left = carrier.hands_over("shp_1")

    assert not (await parcels.recall_shipment(PARCEL)).done
    assert not (await parcels.readdress_shipment(PARCEL)).done
    assert (await parcels.track_shipment(PARCEL)).facts == (left,)


async def test_a_parcel_that_is_here_is_recalled(parcels: ShipmentActivities) -> None:
    await parcels.book_shipment(BOOKING)

    assert (await parcels.readdress_shipment(PARCEL)).done
    assert (await parcels.recall_shipment(PARCEL)).done


async def test_a_carrier_that_will_not_recall_is_a_persons_matter(
    parcels: ShipmentActivities, carrier: FakeCarrier
) -> None:
    carrier.next_call(CarrierOperation.RECALL, CarrierTrouble.REFUSED)

    with pytest.raises(ApplicationError) as refused:
        await parcels.recall_shipment(PARCEL)

    assert (refused.value.type, refused.value.non_retryable) == ("carrier_refused", True)


async def test_a_carrier_that_knows_nothing_tells_nothing(
    parcels: ShipmentActivities, carrier: FakeCarrier
) -> None:
    carrier.next_call(CarrierOperation.TRACK, CarrierTrouble.REFUSED)

    assert (await parcels.track_shipment(PARCEL)).facts == ()
    assert (await parcels.track_shipment(PARCEL)).facts == ()


async def test_rights_to_files_are_issued_once_and_end_with_their_money() -> None:
    rights = MemoryEntitlements(RandomIds())
    files = DigitalActivities(rights)
    asked = DeliverDigital("ord_1", (WantedUnits(1, "e-book", 2),), NOW)

    await files.deliver_digital(asked)
    await files.deliver_digital(asked)
    issued = await rights.of_order("ord_1")
    await files.revoke_digital(RevokeDigital("ord_1", (Units(1, 2),), NOW))

    assert [(right.sku, right.revoked_at) for right in issued] == [("e-book", None)]
    assert (await rights.of_order("ord_1"))[0].revoked_at == NOW


async def test_goods_that_no_shelf_has_are_a_result() -> None:
    class Empty:
        async def allocate(self, reference: str, wanted: Sequence[WantedUnits]) -> tuple[AllocatedUnits, ...]:
            raise NotOnShelvesError(reference=reference, sku=wanted[0].sku)

    asked = AllocateGoods("ord_1", (WantedUnits(1, "tea", 1),))

    answer = await WarehouseActivities(Empty()).allocate_goods(asked)  # type: ignore[arg-type]

    assert (answer.units, answer.refused) == ((), "not_on_shelves")


async def test_what_is_authorised_is_taken_once_and_what_is_not_is_refused_with_what_is_known() -> None:
    gateway = FakeGateway()
    payments = PaymentActivities({"sandbox": gateway}, MemoryPaymentAttempts())
    total = Money(100, "CNY")
    await gateway.request_payment(
        PaymentRequest("pay_1", "ord_1", "AAAAA-BBBBBC", total, FAR, CaptureMode.MANUAL)
    )
    asked = CapturePayment("pay_1", Money(60, "CNY"))

    early = await payments.capture_payment(asked)
    gateway.buyer_pays("pay_1")
    taken, again = await payments.capture_payment(asked), await payments.capture_payment(asked)

    assert (early.facts, early.refused) == ((), REFUSED)
    assert [(fact.kind, fact.amount.amount) for fact in taken.facts] == [
        (FactKind.AUTHORISED, 100),
        (FactKind.CAPTURED, 60),
    ]
    assert again == taken


async def test_a_provider_that_this_worker_does_not_have_is_asked_again_later() -> None:
    payments = PaymentActivities({}, MemoryPaymentAttempts())

    with pytest.raises(ApplicationError) as unknown:
        await payments.query_payment(PaymentKey("pay_1", "elsewhere"))

    assert (unknown.value.type, unknown.value.non_retryable) == ("unknown_provider", False)
