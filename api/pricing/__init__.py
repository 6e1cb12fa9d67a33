"""Prices as the API shows them: figures, answers, proposals under review, and pictures."""
