"""The use cases of the bridge, called over HTTP."""
