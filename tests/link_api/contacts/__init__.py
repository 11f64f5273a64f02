"""The contacts of a customer."""
