"""The families of streams that are projected: orders, and proposals for prices and promotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres.projections.projection import Streams
from domain.events import is_order_stream
from domain.order.dated import DatedOrder, after
from domain.order.encoding import decode
from domain.review.encoding import decode as decode_step
from domain.review.proposal import PriceProposal, fold

if TYPE_CHECKING:
    from domain.events import StoredEvent

_PRICES = "price:"


@dataclass(frozen=True, slots=True)
class ProposalHistory:
    """A proposal as it is, and after each of its events as it was then."""

    proposal: PriceProposal
    steps: tuple[tuple[StoredEvent, PriceProposal], ...]


def _order_after(before: DatedOrder | None, event: StoredEvent) -> DatedOrder:
    return after(decode(event), before)


def _proposal_after(before: ProposalHistory | None, event: StoredEvent) -> ProposalHistory:
    proposal = fold([decode_step(event)], onto=before.proposal if before else None)
    return ProposalHistory(proposal, (*(before.steps if before else ()), (event, proposal)))


def _is_price_stream(stream_id: str) -> bool:
    return stream_id.startswith(_PRICES)


ORDERS: Final[Streams[DatedOrder]] = Streams(
    "orders", is_order_stream, _order_after, lambda dated: dated.order.version
)
PRICES: Final[Streams[ProposalHistory]] = Streams(
    "prices", _is_price_stream, _proposal_after, lambda history: history.proposal.version
)
