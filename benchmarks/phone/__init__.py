"""The phone table: elements on a slow line, in a real Chromium, on this machine alone."""
