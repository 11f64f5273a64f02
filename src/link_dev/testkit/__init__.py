"""What `link_dev.testing` hands to tests: a running stack, HTTP calls, a proof key."""
