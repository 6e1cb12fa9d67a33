"""Seals and keys without any store."""
