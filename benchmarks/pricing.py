"""What a price costs: calculating one, checking a snapshot, and asking for one over HTTP.

    python -m benchmarks.pricing [--only calculation check http] [--rounds 5]
    python -m benchmarks.pricing --agree 10000

The first prints medians and spreads over interleaved rounds, with ratios against a named baseline in the same
run; it judges nothing, `docs/benchmarks.md` says what came out and when. The second compares the engine with
the calculation in decimals on that many random carts, and fails when they differ on one.
"""

from __future__ import annotations

import argparse
import sys

import uvloop
from rich.console import Console

from benchmarks import pricing_servers
from benchmarks.pricing_agreement import report
from benchmarks.pricing_speed import measure

PARTS = ("calculation", "check", "http")


def main() -> None:
    """Parse options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--agree", type=int, metavar="CARTS", help="only compare, on so many random carts")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.agree is not None:
        sys.exit(report(options.agree))
    say = Console(width=150)
    if "calculation" in options.only:
        measure(options.rounds, say)
    servers = {"check", "http"} & set(options.only)
    if servers:
        uvloop.run(pricing_servers.measure(servers, options.rounds, say))


if __name__ == "__main__":
    main()
