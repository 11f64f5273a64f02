"""Login, refresh and logout."""
