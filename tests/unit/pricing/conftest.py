"""How long these suites may think: enough carts to find a wrong price, few enough to stay quick."""

from hypothesis import settings

settings.register_profile("pricing", max_examples=60, deadline=None)
settings.load_profile("pricing")
