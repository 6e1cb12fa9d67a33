"""How each slug is answered, by topic. `api.errors` puts them into one table."""
