"""The Elements bridge: identity for a wallet inside other people's checkouts."""
