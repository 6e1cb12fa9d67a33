"""The versions in their order. Each holds its SQL as it was then, and is never edited once released."""
