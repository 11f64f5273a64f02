"""What the bridge decides, asked over HTTP."""
