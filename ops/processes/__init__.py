"""Child processes that cannot outlive their runner: spawning, ending, readiness, leftovers.

Knows nothing about which servers or services are run.
"""
