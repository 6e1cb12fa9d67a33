"""PostgreSQL behind the ports: event store, feed, read models, tables. Knows the domain, no other adapter."""
