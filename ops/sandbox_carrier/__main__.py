"""`python -m ops.sandbox_carrier` runs the carrier."""

from ops.sandbox_carrier.app import main

if __name__ == "__main__":
    main()
