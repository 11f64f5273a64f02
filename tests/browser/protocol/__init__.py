"""The handshake and the messages between a page and its frames."""
