"""What the Elements bridge and the Link API share: no feature of its own."""
