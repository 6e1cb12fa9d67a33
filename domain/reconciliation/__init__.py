"""Our word on money that moved against a provider's report, line by line."""
