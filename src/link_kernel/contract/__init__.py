"""The API table, and JSON Schema and OpenAPI documents made of it."""
