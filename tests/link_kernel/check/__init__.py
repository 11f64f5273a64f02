"""What `check` says of what both services share."""
