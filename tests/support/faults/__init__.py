"""Faults between the parts of a deployment, what callers see of them, and the table of both."""
