"""Wire types of the HTTP API and of the window messages."""
