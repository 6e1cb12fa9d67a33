"""Prices: layers, breakdown, snapshots. One calculator, one place."""
