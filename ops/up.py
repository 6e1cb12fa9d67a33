"""``orderkeep up``: start everything, show where it is, stay until Ctrl-C or until a process of ours ends."""

import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ops.processes.service import Service
from ops.stack import Stack

_WATCH_SECONDS = 0.5


def run_up(folder: Path, console: Console) -> int:
    """Run until interrupted; returns the exit code: 0 after Ctrl-C, 1 when a process ended by itself."""
    with Stack(folder, say=teller(console)) as stack:
        console.print(addresses_table(stack))
        console.print("Running. Ctrl-C stops everything; the data stays.")
        ended = stay(stack)
        if ended is not None:
            console.print(f"[red]{ended.name} ended by itself (exit code {ended.child.exit_code}):[/]")
            console.print(ended.child.log_tail(), markup=False, highlight=False)
        console.print("Stopping.")
    return 0 if ended is None else 1


def teller(console: Console) -> Callable[[str], None]:
    """Print provisioning lines as they are."""
    return lambda line: console.print(escape(line), highlight=False, soft_wrap=True)


def addresses_table(stack: Stack) -> Table:
    """Where a person finds what."""
    table = Table("What", "Where")
    table.add_row("API documentation", f"{stack.api_url}/docs")
    table.add_row("gRPC", stack.grpc_address)
    table.add_row("Temporal", stack.temporal_ui_url or stack.addresses.temporal_address)
    table.add_row("Sandbox provider", stack.provider_url)
    table.add_row("Sandbox carrier", stack.carrier_url)
    table.add_row("Database", stack.addresses.database_url)
    table.add_row("Valkey", stack.addresses.redis_url)
    table.add_row("Logs", str(stack.servers.folder.path / "logs"))
    return table


def stay(stack: Stack) -> Service | None:
    """Return None on Ctrl-C, or the process of ours that ended without being asked to."""
    try:
        while True:
            for process in stack.processes.values():
                if not process.running:
                    return process
            time.sleep(_WATCH_SECONDS)
    except KeyboardInterrupt:
        return None
