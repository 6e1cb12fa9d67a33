"""The operator's calls about buyers: who they are, their points, and vouchers. Idempotent by nature."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, needs
from api.answers import json_answer, no_content
from api.dependencies import services_of
from api.documentation import described
from api.documents import read_document
from api.json_body import read_body
from api.schemas.buyers import BuyerBody, ErasedBuyerView, PointsBody, VoucherBody
from domain.catalogue.buyers import Buyer
from domain.catalogue.items import LONGEST_ID
from domain.ports.catalogue import Author
from domain.pricing.book import Voucher
from domain.pricing.documents import condition_from
from domain.pricing.promotion import Shopper
from domain.specification import AllOf, Specification

router = APIRouter(prefix="/v1", tags=["buyers"], dependencies=[needs(Scope.OPERATOR)])
_BUYER = Path(min_length=1, max_length=LONGEST_ID, pattern=r"^[\x21-\x7e]+$", examples=["buyer-7"])
_CODE = Path(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$", examples=["SPRING-100"])
_USUAL = ("malformed_json", "unsupported_media_type", "invalid_request", "wrong_scope")


@router.put(
    "/buyers/{buyer_id}",
    status_code=204,
    **described(
        body=BuyerBody,
        answers={204: "Done."},
        refusals=_USUAL,
        example={"registered_at": "2026-01-31T08:15:00Z", "total_orders": 3, "segments": ["vip"]},
    ),
)
async def put_buyer(request: Request, buyer_id: Annotated[str, _BUYER]) -> Response:
    """Tell since when somebody is a buyer, and which segments they are in."""
    body = await read_body(request, BuyerBody)
    buyer = Buyer(buyer_id, body.registered_at, body.total_orders, frozenset(body.segments))
    await services_of(request).ports.catalogue.put_buyer(buyer)
    return no_content()


@router.delete(
    "/buyers/{buyer_id}/personal-data",
    **described(
        answers={200: ErasedBuyerView}, refusals=("goods_to_be_sent", "invalid_request", "wrong_scope")
    ),
)
async def erase_personal_data(request: Request, buyer_id: Annotated[str, _BUYER]) -> Response:
    """Make everything personal about a buyer unreadable, for good. Orders and their money stay as they are.

    Refused while goods of theirs are still to be sent. Again: nothing more happens.
    """
    services = services_of(request)
    done = await services.erasing.erase(buyer_id, by=actor_of(request), at=services.ports.clock.now())
    return json_answer({"buyer_id": done.buyer_id, "orders": done.orders, "erased_before": done.again})


@router.put(
    "/buyers/{buyer_id}/points",
    status_code=204,
    **described(body=PointsBody, answers={204: "Done."}, refusals=_USUAL, example={"points": 500}),
)
async def put_points(request: Request, buyer_id: Annotated[str, _BUYER]) -> Response:
    """Set a buyer's free points."""
    body = await read_body(request, PointsBody)
    await services_of(request).ports.catalogue.put_points(buyer_id, body.points)
    return no_content()


@router.put(
    "/vouchers/{code}",
    status_code=204,
    **described(
        body=VoucherBody,
        answers={204: "Done."},
        refusals=(*_USUAL, "invalid_value"),
        example={
            "name": "100 off in spring",
            "kind": "amount",
            "value": 10000,
            "currency": "CNY",
            "starts_at": "2026-03-01T00:00:00Z",
            "ends_at": "2026-04-01T00:00:00Z",
            "funder": "platform",
            "minimum": 50000,
            "uses": 1000,
            "per_buyer_limit": 1,
        },
    ),
)
async def put_voucher(request: Request, code: Annotated[str, _CODE]) -> Response:
    """Create or replace a voucher."""
    body = await read_body(request, VoucherBody)
    author = Author(actor_of(request))
    await services_of(request).ports.catalogue.put_voucher(_voucher(code, body), body.uses, author)
    return no_content()


def _voucher(code: str, body: VoucherBody) -> Voucher:
    return Voucher(
        code=code,
        name=body.name,
        kind=body.kind,
        value=body.value,
        currency=body.currency,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        funder=body.funder,
        minimum=body.minimum,
        cap=body.cap,
        merchant_id=body.merchant_id,
        skus=None if body.skus is None else frozenset(body.skus),
        buyer_id=body.buyer_id,
        condition=_condition(body),
        has_uses=body.uses is not None,
        per_buyer_limit=body.per_buyer_limit,
    )


def _condition(body: VoucherBody) -> Specification[Shopper]:
    return AllOf(()) if body.condition is None else read_document(condition_from, body.condition, "")
