"""Payment providers behind `domain.ports.payments`. One module per provider; none knows the database."""
