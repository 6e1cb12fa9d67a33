"""The embedded event store: one SQLite file, no server. For libraries, edge nodes and tests."""
