"""Authentication, CORS and probes of the Link API."""
