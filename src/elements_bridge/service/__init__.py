"""What the bridge decides: one file for each capability."""
