"""The tokens of the bridge, one file for each kind (docs/protocol.md#tokens)."""
