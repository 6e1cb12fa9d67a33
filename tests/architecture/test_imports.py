"""Who may import whom: import-linter's contracts hold, and each can be seen to fail on a planted import."""

from __future__ import annotations

import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / ".importlinter"


def _rooms() -> list[str]:
    """The rooms of adapters that do not know each other."""
    parser = ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    listed = parser["importlinter:contract:neighbours"]["modules"].split()
    return [module.removeprefix("adapters.") for module in listed]


# What app.py may import; a contract also fails when an exception of its own is not needed any more.
COMPOSES = "import adapters.settings\nimport adapters.wiring\n"
SPEAKS = "import adapters.protobuf.client\n"
EXCUSED = {
    "api/app.py": COMPOSES,
    "api/grpc/orders.py": SPEAKS,
    "api/messaging/document.py": SPEAKS,
    "adapters/grpc/client.py": SPEAKS,
}
# For each contract imports that it must catch: the module that has it, and what it imports.
PLANTS = {
    "layers": [
        ("domain/money.py", "import activities.stock"),
        ("activities/stock.py", "import workflows.order"),
        ("workflows/order.py", "import api.app"),
    ],
    "domain": [
        ("domain/money.py", "import pydantic"),
        ("domain/money.py", "import google.protobuf"),
        ("domain/money.py", "import adapters.wiring"),
    ],
    "workflows": [
        ("workflows/order.py", "import adapters.settings"),
        ("activities/stock.py", "import asyncpg"),
        ("workflows/order.py", "import httpx"),
        ("workflows/order.py", "import grpc"),
    ],
    "adapters": [
        ("adapters/redis/client.py", "import workflows.order"),
        ("adapters/wiring.py", "import ops.cli"),
    ],
    "neighbours": [
        ("adapters/redis/client.py", "import adapters.postgres.pool"),
        ("adapters/carriers/client.py", "import adapters.payments.client"),
        ("adapters/postgres/pool.py", "import adapters.protobuf.client"),
        ("adapters/grpc/client.py", f"{SPEAKS}import adapters.memory.client"),
    ],
    "composition": [
        ("api/orders.py", "import adapters.wiring"),
        ("api/orders.py", "import asyncpg"),
        ("api/app.py", f"{COMPOSES}import adapters.postgres.pool"),
        ("api/orders.py", "import adapters.protobuf.client"),
        ("api/grpc/orders.py", f"{SPEAKS}import adapters.wiring"),
    ],
    "provider": [
        ("ops/sandbox_provider/app.py", "import adapters.wiring"),
        ("ops/sandbox_carrier/app.py", "import adapters.settings"),
        ("ops/sandbox/service.py", "import api.app"),
        ("ops/replay/run.py", "import workflows.order"),
    ],
    "shipping": [
        ("activities/shipping.py", "import domain.order.order"),
        ("activities/shipping.py", "import domain.ports.events"),
    ],
}
MODULES = {
    *(
        "domain/money.py",
        "workflows/order.py",
        "activities/stock.py",
        "api/app.py",
        "api/orders.py",
        "ops/cli.py",
    ),
    *("adapters/wiring.py", "adapters/settings.py", "ops/sandbox_provider/app.py", "ops/replay/run.py"),
    *("ops/sandbox/service.py", "ops/sandbox_carrier/app.py"),
    *(f"adapters/{name}/client.py" for name in _rooms()),
    *("adapters/postgres/pool.py", "activities/shipping.py", "domain/ports/events.py"),
    *("api/grpc/orders.py", "api/messaging/document.py"),
    *(f"domain/{name}/{name}.py" for name in ("order", "payment", "stock")),
}


def _lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    return subprocess.run(
        [*command, "--config", str(CONTRACTS), "--no-cache", *options],
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _small_house(folder: Path) -> None:
    for module in MODULES:
        path = folder / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(EXCUSED.get(module, ""), encoding="utf-8")
        for parent in path.parents:
            if parent == folder:
                break
            (parent / "__init__.py").touch()


def test_nobody_imports_what_is_none_of_its_business():
    told = _lint(ROOT)

    assert told.returncode == 0, told.stdout


def test_a_small_house_without_violations_passes(tmp_path):
    _small_house(tmp_path)

    told = _lint(tmp_path)

    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [(contract, module, line) for contract, plants in PLANTS.items() for module, line in plants],
)
def test_a_planted_import_breaks_its_contract(contract, module, line, tmp_path):
    _small_house(tmp_path)
    (tmp_path / module).write_text(line + "\n", encoding="utf-8")

    told = _lint(tmp_path, "--contract", contract)

    assert told.returncode == 1, told.stdout + told.stderr
    assert "1 broken" in told.stdout


def test_every_contract_has_its_plants():
    parser = ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    contracts = {name.removeprefix("importlinter:contract:") for name in parser.sections()} - {"importlinter"}

    assert contracts == set(PLANTS)
