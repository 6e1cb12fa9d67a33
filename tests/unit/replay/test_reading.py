"""Reading a history: what is in it comes out, and what is wrong with it is said in words."""

from decimal import Decimal
from pathlib import Path

import pytest

from ops.replay.columns import Columns
from ops.replay.errors import HistoryError
from ops.replay.history import SaleLine
from ops.replay.reading import digest, read_invoices, read_lines
from tests.unit.replay.histories import HEADER, a_file, a_row


def lines_of(path: Path, columns: Columns | None = None) -> list[SaleLine]:
    return list(read_lines(path, columns or Columns()))


def test_a_line_keeps_its_exact_price_and_its_place_in_the_file(tmp_path):
    (line,) = lines_of(a_file(tmp_path, a_row(quantity="-3", price="0.1")))
    assert (line.quantity, line.price, line.amount, line.row) == (-3, Decimal("0.1"), Decimal("-0.3"), 2)


def test_plain_and_packed_files_read_the_same_and_have_one_identity(tmp_path):
    plain = a_file(tmp_path, a_row())
    packed = a_file(tmp_path, a_row(), name="history.csv.gz")
    assert lines_of(plain) == lines_of(packed)
    assert digest(plain) == digest(packed)


def test_a_byte_order_mark_blank_lines_and_quoted_commas_do_no_harm(tmp_path):
    path = tmp_path / "excel.csv"
    path.write_bytes(
        b"\xef\xbb\xbf" + HEADER.encode() + b'\r\n\r\n536365,1,"RED, LARGE",6,,2.55,17850,United Kingdom\r\n'
    )
    assert [line.title for line in lines_of(path)] == ["RED, LARGE"]


def test_lines_of_one_invoice_need_not_stand_together(tmp_path):
    path = a_file(tmp_path, a_row("1"), a_row("2"), a_row("1"))
    assert [(each.number, len(each.lines)) for each in read_invoices(path, Columns())] == [("1", 2), ("2", 1)]


def test_columns_can_be_called_something_else(tmp_path):
    path = a_file(tmp_path, "A-1,S-1,2,9.50", header="order,article,count,each")
    columns = Columns().renamed(invoice="order", sku="article", quantity="count", price="each")
    (line,) = lines_of(path, columns)
    assert (line.invoice, line.code, line.quantity, line.title, line.customer) == ("A-1", "S-1", 2, "", "")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (Columns(quantity="Qty"), ["'Qty'", "quantity", "'Quantity'", "--column-quantity"]),
        (Columns(title="Name"), ["'Name'", "--column-title"]),
    ],
)
def test_an_unknown_column_is_named_with_those_that_exist(tmp_path, columns, words):
    with pytest.raises(HistoryError) as caught:
        lines_of(a_file(tmp_path, a_row()), columns)
    assert all(word in str(caught.value) for word in words)


def test_a_column_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(HistoryError, match="'Quantity' stands twice"):
        lines_of(a_file(tmp_path, header=HEADER.replace("Country", "Quantity")))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (a_row(quantity="six"), "row 2, column 'Quantity': 'six' is not a whole number"),
        (a_row(quantity="1.5"), "'1.5' is not a whole number"),
        (a_row(price="2,55").replace("2,55", '"2,55"'), "column 'UnitPrice': '2,55' is not a price"),
        (a_row(price="NaN"), "'NaN' is not a price"),
        (a_row(price="1e9"), "'1e9' is not a price"),
        (a_row(invoice=""), "column 'InvoiceNo': '' is not a name"),
        ("536365,85123A", "row 2 has 2 fields, the header has 8"),
        ('536365,"85123A', "not CSV"),
    ],
)
def test_a_wrong_row_is_named_with_its_place(tmp_path, row, words):
    with pytest.raises(HistoryError, match=words):
        lines_of(a_file(tmp_path, row))


def test_a_wrong_file_is_called_what_it_is(tmp_path):
    empty, header_only = tmp_path / "empty.csv", a_file(tmp_path)
    empty.touch()
    latin = tmp_path / "latin.csv"
    latin.write_bytes(HEADER.encode() + b"\n536365,1,\xc9LAN,1,,1,1,France\n")
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(a_file(tmp_path, a_row(), name="whole.csv.gz").read_bytes()[:-9])
    for path, words in {
        tmp_path / "absent.csv": "No such file",
        tmp_path: "Is a directory",
        empty: "the file is empty",
        header_only: "no line below it",
        latin: "not UTF-8 text",
        torn: "damaged or cut off",
    }.items():
        with pytest.raises(HistoryError, match=words):
            lines_of(path)
