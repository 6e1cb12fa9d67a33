"""Seals personal data with a key for each buyer. Where the keys lie is a port's matter."""
