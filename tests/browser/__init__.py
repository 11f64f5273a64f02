"""The elements in a real Chromium, against everything that `make dev` starts."""
