"""Buyers as persons: what happens to their personal data. What pricing knows is in `domain.catalogue`."""
