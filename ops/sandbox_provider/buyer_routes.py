"""The pay page's routes: show it, and pay or decline by form or by JSON."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import ValidationError

from ops.sandbox.service import RefusedError
from ops.sandbox_provider import answers, pay_page, payments
from ops.sandbox_provider.merchant_routes import ProviderHere, PublicUrl
from ops.sandbox_provider.payments import BuyerAction
from ops.sandbox_provider.records import Payment
from ops.sandbox_provider.schemas import ActionIn
from ops.sandbox_provider.service import Provider

router = APIRouter(tags=["buyer"])

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


@router.get("/pay/{payment_id}", response_class=HTMLResponse)
async def show(payment_id: str, provider: ProviderHere) -> Response:
    """The page of a payment."""
    try:
        payment = await _payment(provider, payment_id)
    except RefusedError as error:
        return HTMLResponse(pay_page.not_found(), status_code=error.status, headers=_HEADERS)
    return HTMLResponse(pay_page.render(payment), headers=_HEADERS)


@router.post("/pay/{payment_id}")
async def act(payment_id: str, request: Request, provider: ProviderHere, url: PublicUrl) -> Response:
    """Pay or decline: a form is sent back to the page, JSON gets the payment."""
    by_json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
    action = _action(await request.body(), by_json=by_json)
    work = partial(payments.act, payment_id=payment_id, action=action, now=provider.now())
    try:
        payment = await provider.happen(work)
    except RefusedError as error:
        if by_json or error.status != 409:  # noqa: PLR2004 - HTTP's own number for a conflict
            raise
        page = pay_page.render(await _payment(provider, payment_id))
        return HTMLResponse(page, status_code=error.status, headers=_HEADERS)
    if by_json:
        return JSONResponse(answers.payment(payment, url))
    return RedirectResponse(f"/pay/{payment_id}", status_code=303)


async def _payment(provider: Provider, payment_id: str) -> Payment:
    return await provider.database.run(
        partial(payments.payment_by_id, payment_id=payment_id, now=provider.now())
    )


def _action(body: bytes, *, by_json: bool) -> BuyerAction:
    try:
        if by_json:
            return ActionIn.model_validate_json(body).action
        return BuyerAction(parse_qs(body.decode("ascii")).get("action", [""])[-1])
    except (ValidationError, ValueError) as error:
        raise RefusedError(422, "action_unknown", "send action=pay or action=decline") from error
