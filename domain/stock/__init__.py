"""Goods that can be promised: holds, and what happens to them."""
