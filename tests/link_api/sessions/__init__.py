"""A customer's sessions."""
