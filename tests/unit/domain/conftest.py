"""How long these suites may think: enough examples to find a broken rule, few enough to stay quick."""

from hypothesis import settings

settings.register_profile("domain", max_examples=60, deadline=None)
settings.load_profile("domain")
