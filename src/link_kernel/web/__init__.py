"""HTTP for both services: request parsing, the response envelope, errors, addresses, listeners."""
