"""The use cases of the bridge, one file for each; no HTTP here."""
