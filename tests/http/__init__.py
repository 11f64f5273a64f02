"""The bridge over real HTTP."""
