"""Both services, a real Redis and the harness page on one machine; for development only."""
