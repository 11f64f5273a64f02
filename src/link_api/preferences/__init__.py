"""How an enrolled customer wants to be served (docs/protocol.md#link-api)."""
