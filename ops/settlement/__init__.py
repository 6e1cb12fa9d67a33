"""``orderkeep settlement`` and ``orderkeep reconcile``: statements and differences, through the API."""
