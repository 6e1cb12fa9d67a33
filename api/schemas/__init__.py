"""What callers send and get, as pydantic models: shapes, limits and examples. No business rules."""
