"""Drives orders from a history of sales (CSV) through the public API and accounts for every line of it."""
