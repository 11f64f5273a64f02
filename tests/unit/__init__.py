"""Parts that need nothing but themselves."""
