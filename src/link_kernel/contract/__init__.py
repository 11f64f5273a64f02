"""The table of API operations, and the JSON Schema and OpenAPI documents made of it."""
