"""Clients of the two services, as frames, shops and gateways call them."""
