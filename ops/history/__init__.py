"""The past of orders on the command line."""
