"""Ports kept in memory, for tests and examples. Nothing here survives the process."""
