"""Wire types of the HTTP surface and of the window messages."""
