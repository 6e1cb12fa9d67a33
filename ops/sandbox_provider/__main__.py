"""`python -m ops.sandbox_provider` runs the provider."""

from ops.sandbox_provider.app import main

if __name__ == "__main__":
    main()
