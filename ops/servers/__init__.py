"""The servers the product needs: configured ones are used, missing ones are embedded.

Embedded servers are for development, tests and the demo; a production start demands addresses.
"""

from ops.servers.embedded import Addresses, Servers, embedded_servers

__all__ = ["Addresses", "Servers", "embedded_servers"]
