"""Settlements, statements and reconciliations as callers see them: JSON, and CSV for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from activities.reconciliation_desk import FoundRun
from api.lists import cursor_text
from api.schemas.values import instant
from api.views import Json, money
from domain.ports.projections import OrderCursor
from domain.ports.settlement import OrderSettlement, StatementPage, StatementSummary
from domain.reconciliation.difference import DifferenceCase, DifferenceStatus, MoneyLine
from domain.reconciliation.runs import ReconciliationRun
from domain.settlement.shares import PARTS, Share
from domain.settlement.statement import SettlementEntry, Statement

STATEMENTS = "/v1/statements"
RECONCILIATIONS = "/v1/reconciliations"
_COLUMNS = ("order_id", "order_number", "key", "kind", "occurred_at", "currency", *PARTS, "amount")
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@")


def settlement_view(found: OrderSettlement) -> Json:
    """An order's movements with everybody's shares."""
    return {
        "order_id": found.order_id,
        "order_number": found.order_number,
        "hold": found.hold.value if found.hold else None,
        "movements": [
            {
                "key": movement.key,
                "kind": movement.kind.value,
                "occurred_at": instant(movement.occurred_at),
                "buyer": money(movement.buyer),
                "shares": [{"party": share.party.name, **sums_view(share)} for share in movement.shares],
            }
            for movement in found.movements
        ],
    }


def sums_view(share: Share) -> Json:
    """The parts of a share and their sum, in minor units."""
    return {**dict(zip(PARTS, share.parts, strict=True)), "amount": share.amount.amount}


def entry_view(entry: SettlementEntry) -> Json:
    """One line of a statement."""
    return {
        "order_id": entry.order_id,
        "order_number": entry.order_number,
        "key": entry.key,
        "kind": entry.kind.value,
        "occurred_at": instant(entry.occurred_at),
        **sums_view(entry.share),
    }


def summary_view(made: StatementSummary) -> Json:
    """A statement without its entries."""
    path = f"{STATEMENTS}/{made.id}"
    return {
        "id": made.id,
        "number": made.number,
        "party": made.account.party.name,
        "currency": made.account.currency,
        "cycle": made.cycle.value,
        "period": made.period,
        "drawn_at": instant(made.drawn_at),
        "entry_count": made.entries,
        "sums": sums_view(made.sums),
        "links": {"self": path, "csv": f"{path}.csv"},
    }


def statement_view(made: Statement) -> Json:
    """A statement with all its entries."""
    summary = StatementSummary(
        made.id,
        made.number,
        made.account,
        made.cycle,
        made.period.name,
        made.drawn_at,
        len(made.entries),
        made.sums,
    )
    entries = [entry_view(entry) for entry in made.entries]
    return {**summary_view(summary), "order_count": made.orders, "entries": entries}


def statement_page_view(page: StatementPage) -> Json:
    """A page of statements."""
    after = OrderCursor(page.next.drawn_at, page.next.id) if page.next else None
    return {
        "items": [summary_view(made) for made in page.statements],
        "has_more": page.next is not None,
        "cursor": cursor_text(after),
    }


def statement_csv(made: Statement) -> str:
    """A line for each entry and a last one with the sums (RFC 4180). Amounts are minor units."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for entry in made.entries:
        texts = (entry.order_id, entry.order_number, entry.key, entry.kind.value, instant(entry.occurred_at))
        writer.writerow([*_harmless(texts), *_figures(entry.share)])
    total = (f"{made.account.party.name} {made.period.name}", f"statement {made.number}", "", "total", "")
    writer.writerow([*_harmless(total), *_figures(made.sums)])
    return out.getvalue()


def run_view(run: ReconciliationRun) -> Json:
    """One run, without its differences."""
    return {
        "id": run.id,
        "provider": run.provider,
        "since": instant(run.window.since),
        "until": instant(run.window.until),
        "run_at": instant(run.run_at),
        "run_by": run.by,
        "lines_here": run.ours,
        "lines_there": run.theirs,
        "difference_count": len(run.differences),
        "links": {"self": f"{RECONCILIATIONS}/{run.id}"},
    }


def found_run_view(found: FoundRun) -> Json:
    """A run with its differences as they stand now."""
    return {**run_view(found.run), "differences": [case_view(found.run.id, case) for case in found.cases]}


def case_view(run_id: str, case: DifferenceCase) -> Json:
    """One difference. What may be done about it is in its links."""
    found = case.difference
    path = f"{RECONCILIATIONS}/{run_id}/differences/{found.id}"
    can = ("repair", "park") if case.status is DifferenceStatus.OPEN else ()
    return {
        "id": found.id,
        "fault": found.fault.value,
        "payment_key": found.payment_key,
        "order_id": found.order_id,
        "ours": _line(found.ours),
        "theirs": _line(found.theirs),
        "status": case.status.value,
        "note": case.note,
        "decided_by": case.by,
        "decided_at": instant(case.decided_at) if case.decided_at else None,
        "links": {act: f"{path}/{act}" for act in can},
    }


def _line(line: MoneyLine | None) -> Json | None:
    if line is None:
        return None
    return {
        "kind": line.kind.value,
        "amount": money(line.amount),
        "occurred_at": instant(line.occurred_at),
        "refund_key": line.refund_key,
    }


def _harmless(texts: Iterable[str]) -> list[str]:
    return [f"'{text}" if text.startswith(_FORMULA) else text for text in texts]


def _figures(share: Share) -> tuple[str | int, ...]:
    return (share.currency, *share.parts, share.amount.amount)
