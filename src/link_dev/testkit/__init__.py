"""The classes behind `link_dev.testing`: a running stack, an HTTP client, a DPoP key."""
