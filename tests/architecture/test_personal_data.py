"""Only the edges look into an address: whoever else names one of its parts could let it out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = re.compile(r"\b(street|zip_code)\b")
PACKAGES = ("domain", "workflows", "activities", "adapters", "api", "ops")
# Who may, and why.
MAY = {
    "domain/address.py": "is the address",
    "domain/order/accept.py": "digests a request, whose address is sealed by then",
    "adapters/sealing/seals.py": "seals it",
    "adapters/carriers/sandbox.py": "brings goods there",
    "adapters/postgres/event_audit.py": "looks for what earlier releases left plain",
    "api/opening.py": "opens it in answers",
    "api/schemas/values.py": "documents it",
    "api/routes/orders.py": "takes it from a caller",
    "api/routes/order_fulfilment.py": "takes it from a caller, and seals it",
}
# Systems of their own, and callers: they are outside.
OUTSIDE = ("ops/sandbox_carrier/", "ops/scenarios/", "ops/replay/")


def curious(root: Path) -> list[str]:
    """Files that name a part of an address and may not."""
    found = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            generated = name.endswith(("_pb2.py", "_pb2_grpc.py"))
            if name in MAY or name.startswith(OUTSIDE) or generated:
                continue
            if PARTS.search(path.read_text(encoding="utf-8")):
                found.append(name)
    return found


def test_only_the_edges_look_into_an_address():
    assert curious(ROOT) == []


def test_nobody_is_excused_who_needs_no_excuse():
    assert [name for name in MAY if not PARTS.search((ROOT / name).read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", ["workflows/a.py", "adapters/redis/a.py", "api/a.py", "ops/verify/a.py"])
def test_a_look_into_an_address_is_seen(tmp_path: Path, name: str):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("def label(order):\n    return order.address.street\n", encoding="utf-8")

    assert curious(tmp_path) == [name]
