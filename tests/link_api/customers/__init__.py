"""Customers and their status."""
