"""Orders' processes as a dictionary of states, for tests. Nothing runs."""

from __future__ import annotations

from domain.ports.processes import ProcessState, ProcessUnknownError


class MemoryOrderProcesses:
    """`OrderProcesses` whose states tests set; `sending` are orders whose money is being sent back."""

    def __init__(self) -> None:
        self.states: dict[str, ProcessState] = {}
        self.sending: set[str] = set()

    async def state(self, order_id: str) -> ProcessState:
        """See the port."""
        return self.states.get(order_id, ProcessState.NEVER_STARTED)

    async def restart(self, order_id: str) -> bool:
        """See the port."""
        if self._known(order_id) is ProcessState.RUNNING:
            return False
        self.states[order_id] = ProcessState.RUNNING
        return True

    async def send_back(self, order_id: str) -> bool:
        """See the port."""
        self._known(order_id)
        if order_id in self.sending:
            return False
        self.sending.add(order_id)
        return True

    def _known(self, order_id: str) -> ProcessState:
        if order_id not in self.states:
            raise ProcessUnknownError(order_id=order_id)
        return self.states[order_id]
