"""Authentication, CORS, responses and probes of the Link API."""
