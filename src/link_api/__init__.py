"""The Link API: the customer API that the Elements bridge stands beside (design section 9)."""
