"""Writes the refused lines where somebody can look at them: the line as it was, and why. Never read back."""

import csv
from collections.abc import Iterable
from pathlib import Path

from ops.replay.errors import HistoryError
from ops.replay.plan import Refusal

_HEADER = ("row", "invoice", "code", "title", "quantity", "price", "amount", "customer", "reason", "detail")


def write_refusals(path: Path, refusals: Iterable[Refusal]) -> None:
    """Replace the file; it is there in full or not at all.

    Raises:
        HistoryError: it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(_HEADER)
            rows.writerows(_row(refusal) for refusal in refusals)
        part.replace(path)
    except OSError as error:
        raise HistoryError(f"{path}: the refused lines cannot be written ({error.strerror})") from None


def _row(refusal: Refusal) -> tuple[object, ...]:
    line = refusal.line
    return (
        line.row,
        line.invoice,
        line.code,
        line.title,
        line.quantity,
        f"{line.price:f}",
        f"{line.amount:f}",
        line.customer,
        refusal.reason,
        refusal.detail,
    )
