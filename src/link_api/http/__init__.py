"""Authentication, CORS, responses, plain routes and health checks of the Link API."""
