"""The contracts in `proto/`: the code is what they say, and who relies on released ones is never broken."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.architecture import protobuf_code
from tests.architecture.contract_changes import breaking_changes

_ROOM = ".orderkeep.v1"


@pytest.fixture(scope="module")
def today() -> FileDescriptorSet:
    return protobuf_code.descriptors()


def _changed(folder: Path, file: str, old: str, new: str) -> FileDescriptorSet:
    shutil.copytree(protobuf_code.PROTO, folder, dirs_exist_ok=True)
    path = folder / "orderkeep/v1" / file
    text = path.read_text(encoding="utf-8")
    assert old in text, "the plant does not fit the contract any more"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return protobuf_code.descriptors(folder)


def test_the_code_is_what_the_contracts_say():
    lying = {
        name
        for name, text in protobuf_code.made().items()
        if protobuf_code.MADE.joinpath(name).read_text(encoding="utf-8") != text
    }

    assert not lying, "run python -m tests.architecture.protobuf_code"


def test_no_code_is_left_of_a_contract_that_is_gone():
    there = {path.name for path in protobuf_code.MADE.glob("*_pb2.py*")}

    assert there == protobuf_code.made().keys()


def test_nobody_who_relies_on_a_released_contract_is_broken(today):
    assert breaking_changes(protobuf_code.released(), today) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("money.proto", "  string currency = 2;\n", "", "Money.currency is gone"),
        ("money.proto", "currency = 2", "currency = 3", "Money.currency has number 3 instead of 2"),
        (
            "money.proto",
            "string currency",
            "bytes currency",
            "Money.currency is of type bytes instead of string",
        ),
        ("money.proto", "int64 amount", "int32 amount", "Money.amount is of type int32 instead of int64"),
        ("money.proto", "currency = 2", "code = 2", "Money.currency is called code now"),
        ("orders.proto", "repeated Units units", "Units units", "OrderShipment.units is no list now"),
        (
            "orders.proto",
            "Category category = 2",
            "ShipmentStatus category = 2",
            f"OrderShipment.category is of type {_ROOM}.ShipmentStatus instead of {_ROOM}.Category",
        ),
        (
            "events.proto",
            "optional string merchant_id = 2",
            "string merchant_id = 2",
            "ProposalDrafted.merchant_id cannot be missing now",
        ),
        (
            "payments.proto",
            "string cause = 5 [(may_be_absent) = true]",
            "string cause = 5",
            "RefundRequested.cause has other options",
        ),
        (
            "payments.proto",
            '"PaymentVoided" version: 1',
            '"PaymentVoided" version: 2',
            "PaymentVoided.says another event of itself",
        ),
        (
            "events.proto",
            "  CANCEL_REASON_FRAUD = 8;\n",
            "",
            "CancelReason.CANCEL_REASON_FRAUD is gone",
        ),
        (
            "events.proto",
            "CANCEL_REASON_FRAUD = 8",
            "CANCEL_REASON_FRAUD = 10",
            "CancelReason.CANCEL_REASON_FRAUD has number 10 instead of 8",
        ),
        (
            "orders.proto",
            "  rpc GetOrder(GetOrderRequest) returns (Order);\n",
            "",
            "method orderkeep.v1.OrderContext.GetOrder is gone",
        ),
        (
            "orders.proto",
            "GetOrder(GetOrderRequest) returns (Order)",
            "GetOrder(GetOrderRequest) returns (PlaceOrderResponse)",
            "OrderContext.GetOrder.output_type is another",
        ),
        (
            "orders.proto",
            "returns (Order);",
            "returns (stream Order);",
            "OrderContext.GetOrder.server_streaming is another",
        ),
    ],
)
def test_a_change_that_would_break_somebody_is_refused(tmp_path, today, file, old, new, told):  # noqa: PLR0917 - pytest passes by name
    changes = breaking_changes(today, _changed(tmp_path, file, old, new))

    assert changes == [told if told.startswith("method ") else f"orderkeep.v1.{told}"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("money.proto", "currency = 2;", "currency = 2;\n  string note = 3;"),
        ("money.proto", "currency = 2;", "currency = 2 [deprecated = true];"),
        ("money.proto", "message Money {", "message Weight { int64 grams = 1; }\nmessage Money {"),
        (
            "events.proto",
            "CANCEL_REASON_REFUNDED = 9;",
            "CANCEL_REASON_REFUNDED = 9;\n  CANCEL_REASON_LOST = 10;",
        ),
        (
            "orders.proto",
            "returns (Order);",
            "returns (Order);\n  rpc FindOrder(GetOrderRequest) returns (Order);",
        ),
        ("orders.proto", "// An order as it stands now.", "// An order as it is now."),
    ],
)
def test_an_addition_breaks_nobody(tmp_path, today, file, old, new):
    assert breaking_changes(today, _changed(tmp_path, file, old, new)) == []


@pytest.mark.parametrize("gone", ["message Reservation", "enum ReservationStatus"])
def test_a_type_that_is_gone_breaks_somebody(today, gone):
    kind, name = gone.split()
    before = FileDescriptorSet.FromString(today.SerializeToString())
    for file in before.file:
        types: Any = file.message_type if kind == "message" else file.enum_type
        kept = [part for part in types if part.name != name]
        del types[:]
        types.extend(kept)

    assert breaking_changes(today, before) == [f"{kind} orderkeep.v1.{name} is gone"]


def test_a_contract_that_does_not_compile_is_no_contract(tmp_path, capfd):
    with pytest.raises(ValueError, match="do not compile"):
        _changed(tmp_path, "money.proto", "int64 amount", "int65 amount")
    capfd.readouterr()


def test_a_release_is_refused_over_a_breaking_change(tmp_path, monkeypatch, capsys):
    before = protobuf_code.released()
    for message in before.file[0].message_type:
        message.field.add(name="vat", number=99, type=3, label=1)
    pinned = tmp_path / "v1.binpb"
    pinned.write_bytes(before.SerializeToString())
    monkeypatch.setattr(protobuf_code, "RELEASED", pinned)
    monkeypatch.setattr(protobuf_code, "MADE", tmp_path / "v1")

    assert protobuf_code.main(["release"]) == 1
    assert "vat is gone" in capsys.readouterr().err
    assert pinned.read_bytes() == before.SerializeToString()
