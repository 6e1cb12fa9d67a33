"""Commands that come as messages: the same requests as over HTTP, answered on a topic."""
