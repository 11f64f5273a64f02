"""Tests of closing and exporting an account."""
