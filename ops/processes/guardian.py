"""A tiny process that ends its runner's children when the runner is gone, however it went.

Run as a script with the runner's pipe as standard input: ``+ PID SIGNAL BORN`` and ``- PID`` lines keep the
list, end of input means that the runner died. Unlike the kernel's parent-death signal this works on every
system and for children that a short-lived thread started.
"""

import signal
import sys
from collections.abc import Iterable

from ops.processes.records import ProcessRecord, end_processes


def read_wards(lines: Iterable[str]) -> list[ProcessRecord]:
    """Follow the runner until its end; returns those still in its care, the latest first."""
    wards: dict[int, ProcessRecord] = {}
    for line in lines:
        match line.rstrip("\n").split(" ", 3):
            case ["+", pid, stop_signal, born]:
                wards[int(pid)] = ProcessRecord(int(pid), born, int(stop_signal))
            case ["-", pid]:
                wards.pop(int(pid), None)
            case _:
                pass  # cut short by the runner's death: the pid file still knows the child
    return list(reversed(wards.values()))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_processes(read_wards(sys.stdin))
