"""Reads a history line by line from CSV, plain or gzip. Judges form only; planning judges the business."""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from ops.replay.columns import Columns, Places
from ops.replay.errors import HistoryError
from ops.replay.history import Invoice, SaleLine

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20
_WHOLE = re.compile(r"[+-]?\d{1,12}")
_DECIMAL = re.compile(r"[+-]?(\d{1,12}(\.\d{0,6})?|\.\d{1,6})")


def digest(path: Path) -> str:
    """SHA-256 of the content, unpacked: a history has one identity whether it is packed or not.

    Raises:
        HistoryError: the file cannot be read.
    """
    result = hashlib.sha256()
    with _opened(path) as content:
        while chunk := content.read(_CHUNK):
            result.update(chunk)
    return result.hexdigest()


def read_invoices(path: Path, columns: Columns) -> Iterator[Invoice]:
    """The invoices in the order in which they begin; lines of one invoice need not stand together.

    Raises:
        HistoryError: as `read_lines`.
    """
    collected: dict[str, list[SaleLine]] = {}
    for line in read_lines(path, columns):
        collected.setdefault(line.invoice, []).append(line)
    for number, lines in collected.items():
        yield Invoice(number, tuple(lines))


def read_lines(path: Path, columns: Columns) -> Iterator[SaleLine]:
    """Every line of the file, one at a time.

    Raises:
        HistoryError: no such file, not CSV in UTF-8, a column that is not there, a row without sense.
    """
    with _opened(path) as content:
        rows = csv.reader(io.TextIOWrapper(content, encoding="utf-8-sig", newline=""), strict=True)
        header = next(rows, None)
        if not header:
            raise HistoryError(f"{path}: the file is empty; a header row with column names is needed")
        try:
            places = columns.locate(header)
        except HistoryError as error:
            raise HistoryError(f"{path}: {error}") from None
        line = None
        for fields in rows:
            if fields:
                line = _line(path, rows.line_num, fields, places, columns)
                yield line
        if line is None:
            raise HistoryError(f"{path}: there is a header but no line below it")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The unpacked content; whatever goes wrong while it is read becomes a `HistoryError`."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            raw.seek(0)
            with gzip.GzipFile(fileobj=raw) if packed else raw as content:
                yield content  # type: ignore[misc]  # GzipFile reads bytes but is typed as no BinaryIO
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise HistoryError(f"{path}: the gzip archive is damaged or cut off ({error})") from None
    except UnicodeDecodeError as error:
        raise HistoryError(f"{path}: not UTF-8 text (byte 0x{error.object[error.start]:02x})") from None
    except csv.Error as error:
        raise HistoryError(f"{path}: not CSV ({error})") from None
    except OSError as error:
        raise HistoryError(f"{path}: {error.strerror or error}") from None


def _line(path: Path, row: int, fields: list[str], places: Places, columns: Columns) -> SaleLine:
    if len(fields) != places.width:
        raise HistoryError(f"{path}: row {row} has {len(fields)} fields, the header has {places.width}")

    def text(place: int | None) -> str:
        return "" if place is None else fields[place].strip()

    def fault(column: str, value: str, wanted: str) -> HistoryError:
        return HistoryError(f"{path}: row {row}, column {column!r}: {value!r} is not {wanted}")

    quantity, price = text(places.quantity), text(places.price)
    if not _WHOLE.fullmatch(quantity):
        raise fault(columns.quantity, quantity, "a whole number")
    if not _DECIMAL.fullmatch(price):
        raise fault(columns.price, price, "a price such as 2.55")
    for column, place in ((columns.invoice, places.invoice), (columns.sku, places.sku)):
        if not text(place):
            raise fault(column, "", "a name")
    return SaleLine(
        row=row,
        invoice=text(places.invoice),
        code=text(places.sku),
        title=text(places.title),
        quantity=int(quantity),
        price=Decimal(price),
        customer=text(places.customer),
        country=text(places.country),
    )
