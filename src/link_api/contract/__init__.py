"""Shared by the contracts of all slices: builders of operations, base models, text fields."""
