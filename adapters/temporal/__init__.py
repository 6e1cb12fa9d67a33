"""Temporal as a technology: connection, payload conversion, encryption. What orders do is in `workflows`."""
