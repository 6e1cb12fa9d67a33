"""Carriers behind `domain.ports.carriers`. One module per carrier; none knows the database."""
