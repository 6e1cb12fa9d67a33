"""How orders' money is divided: merchants' terms, settlements of orders, statements as JSON and CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, WrongScopeError, access_of, actor_of, merchant_of, must_own, needs
from api.answers import json_answer, no_content
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.lists import read_cursor, read_query
from api.schemas.settlements import (
    MerchantTermsBody,
    OpenStatementQuery,
    OpenStatementView,
    SettlementView,
    StatementPageView,
    StatementsQuery,
    StatementView,
)
from api.settlements import (
    entry_view,
    settlement_view,
    statement_csv,
    statement_page_view,
    statement_view,
    sums_view,
)
from domain.catalogue.items import LONGEST_ID
from domain.errors import DomainError
from domain.ports.settlement import StatementCursor, StatementNotFoundError
from domain.settlement.parties import Party, PartyKind, merchant, party_named
from domain.settlement.shares import sum_of
from domain.settlement.statement import Account, Statement
from domain.settlement.terms import MerchantTerms, terms_for

router = APIRouter(prefix="/v1", tags=["settlement"])
_READERS = (Scope.FINANCE, Scope.OPERATOR)
_MERCHANT = Path(max_length=LONGEST_ID, pattern=r"^[\x21-\x7e]+$", examples=["shop-7"])
_CSV = "text/csv; charset=utf-8"
_TABLE = described(answers={200: "The statement as CSV."}, refusals=("statement_not_found",))
_TABLE["responses"][200]["content"] = {"text/csv": {"schema": {"type": "string"}}}


class SettlementNotFoundError(DomainError):
    """The order is not settled: it is not completed, or there is no such order."""

    code = "settlement_not_found"


@router.put(
    "/merchants/{merchant_id}/terms",
    status_code=204,
    dependencies=[needs(*_READERS)],
    **described(
        body=MerchantTermsBody,
        answers={204: "Agreed from now on; what was settled before stays."},
        refusals=("invalid_request", "wrong_scope"),
        example={"commission": 500, "delivers": True, "cycle": "T+7"},
    ),
)
async def put_terms(request: Request, merchant_id: Annotated[str, _MERCHANT]) -> Response:
    """Agree with a merchant on commission, delivery fees and the cycle of its statements."""
    body = await read_body(request, MerchantTermsBody)
    terms = MerchantTerms(merchant_id, body.commission, body.delivers, body.cycle)
    ports = services_of(request).ports
    await ports.settlements.put_terms(terms, actor_of(request), ports.clock.now())
    return no_content()


@router.get(
    "/merchants/{merchant_id}/terms",
    dependencies=[needs(*_READERS, Scope.MERCHANT)],
    **described(answers={200: MerchantTermsBody}, refusals=("merchant_not_found", "invalid_request")),
)
async def read_terms(request: Request, merchant_id: Annotated[str, _MERCHANT]) -> Response:
    """What is agreed with a merchant, or what holds while nothing is."""
    must_own(request, merchant_id)
    known = await services_of(request).ports.settlements.terms([merchant_id])
    terms = terms_for(merchant_id, known)
    return json_answer(
        {"commission": terms.commission, "delivers": terms.delivers, "cycle": terms.cycle.value}
    )


@router.get(
    "/settlements/{order_id}",
    dependencies=[needs(*_READERS)],
    **described(answers={200: SettlementView}, refusals=("settlement_not_found", "wrong_scope")),
)
async def read_settlement(request: Request, order_id: str) -> Response:
    """How a completed order's money is divided, movement by movement."""
    found = await services_of(request).ports.settlements.settled([order_id])
    if order_id not in found:
        raise SettlementNotFoundError(order_id=order_id)
    return json_answer(settlement_view(found[order_id]))


@router.get(
    "/statements",
    dependencies=[needs(Scope.FINANCE, Scope.MERCHANT)],
    **described(
        query=StatementsQuery,
        answers={200: StatementPageView},
        refusals=("invalid_request", "invalid_value", "wrong_scope", "merchant_not_found"),
    ),
)
async def list_statements(request: Request) -> Response:
    """Statements, newest first; a merchant's key sees its own."""
    query = read_query(request, StatementsQuery)
    cursor = read_cursor(query.cursor)
    page = await services_of(request).ports.statements.list(
        _asked(request, query.party),
        StatementCursor(cursor.created_at, cursor.id) if cursor else None,
        query.limit,
    )
    return json_answer(statement_page_view(page))


@router.get(
    "/statements/open",
    dependencies=[needs(Scope.FINANCE, Scope.MERCHANT)],
    **described(
        query=OpenStatementQuery,
        answers={200: OpenStatementView},
        refusals=("invalid_request", "invalid_value", "wrong_scope", "merchant_not_found"),
    ),
)
async def read_open_statement(request: Request) -> Response:
    """What the next statement of a party will have, as far as it is known."""
    query = read_query(request, OpenStatementQuery)
    party = party_named(query.party)
    _check(request, party)
    entries = await services_of(request).ports.statements.open_entries(Account(party, query.currency))
    return json_answer(
        {
            "party": party.name,
            "currency": query.currency,
            "sums": sums_view(sum_of((entry.share for entry in entries), party, query.currency)),
            "entries": [entry_view(entry) for entry in entries],
        }
    )


@router.get(
    "/statements/{statement_id}.csv",
    dependencies=[needs(Scope.FINANCE, Scope.MERCHANT)],
    response_class=Response,
    **_TABLE,
)
async def read_statement_csv(request: Request, statement_id: str) -> Response:
    """A statement for a spreadsheet: a line for each entry, and one with the sums."""
    made = await _found(request, statement_id)
    named = {"Content-Disposition": f'attachment; filename="{made.id}.csv"'}
    return Response(statement_csv(made), headers=named, media_type=_CSV)


@router.get(
    "/statements/{statement_id}",
    dependencies=[needs(Scope.FINANCE, Scope.MERCHANT)],
    **described(answers={200: StatementView}, refusals=("statement_not_found",)),
)
async def read_statement(request: Request, statement_id: str) -> Response:
    """A statement with every entry. It never changes."""
    return json_answer(statement_view(await _found(request, statement_id)))


async def _found(request: Request, statement_id: str) -> Statement:
    made = await services_of(request).ports.statements.get(statement_id)
    if made is None or not _may_see(request, made.account.party):
        raise StatementNotFoundError(statement_id=statement_id)
    return made


def _asked(request: Request, name: str | None) -> Party | None:
    """Whose statements are asked for: None for everybody's, which only finance may see."""
    own = merchant_of(request)
    party = party_named(name) if name is not None else merchant(own) if own is not None else None
    _check(request, party)
    return party


def _check(request: Request, party: Party | None) -> None:
    if party is not None and party.kind is PartyKind.MERCHANT:
        must_own(request, party.merchant_id)
    elif not _is_finance(request):
        raise WrongScopeError(needed=[Scope.FINANCE])


def _may_see(request: Request, party: Party) -> bool:
    own = merchant_of(request)
    if party.kind is PartyKind.MERCHANT:
        return own in {None, party.merchant_id}
    return _is_finance(request)


def _is_finance(request: Request) -> bool:
    return Scope.FINANCE in access_of(request).scopes
