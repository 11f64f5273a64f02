"""`elements-bridge serve`: the worker processes and the folder that they share."""
