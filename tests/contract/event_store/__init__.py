"""What every event store and its feed promise. Each suite runs over all stores; `shelf.py` makes them."""
