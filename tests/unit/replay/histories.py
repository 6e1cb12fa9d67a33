"""Builders for histories: lines, invoices and files, with only what a test cares about."""

import gzip
from decimal import Decimal
from pathlib import Path

from ops.replay.history import Invoice, SaleLine

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def a_line(
    code: str = "85123A", quantity: int = 6, price: str = "2.55", *, row: int = 2, title: str = "HEART"
) -> SaleLine:
    return SaleLine(row, "", code, title, quantity, Decimal(price), "", "United Kingdom")


def an_invoice(number: str, *lines: SaleLine, customer: str = "17850") -> Invoice:
    given = lines or (a_line(),)
    return Invoice(
        number,
        tuple(
            SaleLine(
                line.row, number, line.code, line.title, line.quantity, line.price, customer, line.country
            )
            for line in given
        ),
    )


def a_file(folder: Path, *rows: str, header: str = HEADER, name: str = "history.csv") -> Path:
    path = folder / name
    content = "\n".join((header, *rows, "")).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def a_row(invoice: str = "536365", quantity: str = "6", price: str = "2.55") -> str:
    return f"{invoice},85123A,WHITE HEART,{quantity},2010-12-01T08:26:00,{price},17850,United Kingdom"
