"""The contract as documents: JSON Schema, OpenAPI, and what of a change breaks a client."""
