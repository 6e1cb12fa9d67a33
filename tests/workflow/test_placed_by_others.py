"""An order that another context has placed runs like any other, and is shown to that context as it goes."""

from __future__ import annotations

from adapters.settings import Settings
from domain.ports.intake import IntakeEntry
from domain.ports.order_context import OrderV1, PlaceOrderRequest
from tests.workflow.customer import Customer
from tests.workflow.gates import until
from tests.workflow.shop import HOME, Shop, cny
from workflows.accepting import Accepting
from workflows.order_context import LiveOrderContext
from workflows.starting import order_start
from workflows.workers import order_histories


async def test_an_order_that_another_context_has_placed_runs_and_is_shown(shop: Shop) -> None:
    async def begin(entry: IntakeEntry) -> None:
        await shop.workflows.start(order_start(entry, Settings(), shop.queues.payments))

    accepting = Accepting(shop.snapshots, shop.intake, shop.clock, shop.ids, shop.personal)
    orders = LiveOrderContext(order_histories(shop), accepting, begin)
    snapshot_id = await shop.quote(("tea", 2), buyer_id="buyer-1")
    request = PlaceOrderRequest("cart-7", "buyer-1", snapshot_id, (("tea", 2),), HOME)

    placed = {await orders.place_order(request) for _ in range(3)}

    (order_id,) = placed

    async def shown() -> OrderV1:
        return await orders.get_order(order_id)

    order = await until(shown, lambda order: order.status == "created")
    assert (order.payment_status, order.total, order.address) == ("pending", cny(20_000), HOME)
    key = await shop.payments.attempt_of(order_id, 1)
    for fact in shop.payments.buyer_pays(key):
        await shop.workflows.report_payment(order_id, fact)
    paid = await until(shown, lambda order: order.shipments)
    assert [(parcel.warehouse_id, parcel.units) for parcel in paid.shipments] == [("main", ((1, 2),))]
    assert paid.status == "paid"


async def test_an_order_whose_buyer_was_erased_before_it_began_is_paid_back_and_sent_nowhere(
    shop: Shop,
) -> None:
    accepting = Accepting(shop.snapshots, shop.intake, shop.clock, shop.ids, shop.personal)
    orders = LiveOrderContext(order_histories(shop), accepting)
    snapshot_id = await shop.quote(("tea", 2), buyer_id="buyer-1")
    order_id = await orders.place_order(
        PlaceOrderRequest("cart-8", "buyer-1", snapshot_id, (("tea", 2),), HOME)
    )
    entry = await shop.intake.find(order_id)
    assert entry is not None

    await shop.personal.erase("buyer-1", "operator", shop.clock.now())
    buyer = Customer(shop, order_start(entry, Settings(), shop.queues.payments))
    await buyer.is_paid()
    outcome = await buyer.comes_to_rest()

    order = await buyer.order()
    assert (outcome.status, order.refunded) == ("cancelled", order.total)
    assert shop.carrier.parcels == {}
    assert (await shop.somebody_is_told("shipment_refused")).order_id == order_id
    level = await shop.shelf_of_tea()
    assert level is not None
    assert (level.held, level.sold) == (0, 0)
