"""The order: what it may become, what happened to it, and who decides."""
