"""The projection `price_audit`: who wanted and set which price or promotion when, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections.projection import Projection, View
from adapters.postgres.projections.streams import PRICES
from adapters.postgres.tables.read_models import price_audit
from domain.order.encoding import to_plain

if TYPE_CHECKING:
    from adapters.postgres.projections.projection import Row
    from adapters.postgres.projections.streams import ProposalHistory
    from domain.events import StoredEvent
    from domain.review.content import Content
    from domain.review.proposal import PriceProposal

# Under these names events hold what somebody said; each has at most one of them.
_WORDS: Final = ("comment", "reason")


def _rows(history: ProposalHistory) -> list[Row]:
    shared = {"version": history.proposal.version, "of": len(history.steps)}
    return [{**_row(event, proposal), **shared} for event, proposal in history.steps]


def _row(event: StoredEvent, proposal: PriceProposal) -> Row:
    content = proposal.content
    said = (event.data[name] for name in _WORDS if name in event.data)
    return {
        "stream_id": event.stream_id,
        "step": event.version,
        "position": event.position,
        "what": event.event_type,
        "subject": content.subject.value,
        "merchant_id": proposal.merchant_id,
        "skus": _skus(content),
        "content": _said(content),
        "starts_at": proposal.starts_at.isoformat(),
        "ends_at": content.ends_at.isoformat() if content.ends_at else None,
        "by": event.data["by"],
        "words": next(said, ""),
        "occurred_at": event.occurred_at.isoformat(),
    }


def _skus(content: Content) -> list[str] | None:
    if content.prices is not None:
        return [content.prices.sku]
    assert content.promotion is not None, "content is prices or a promotion"
    skus = content.promotion.skus
    return None if skus is None else sorted(skus)


def _said(content: Content) -> Any:
    return to_plain(content.prices.prices if content.prices is not None else content.promotion)


PRICES_PROJECTION: Final = Projection(
    "price_audit", PRICES, (View(price_audit, "stream_id", _rows, many=True),)
)
