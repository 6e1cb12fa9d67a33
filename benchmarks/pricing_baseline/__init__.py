"""The same prices as a good team would make them with `decimal.Decimal`: baseline of speed and oracle."""
