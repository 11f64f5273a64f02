"""`check`: whether a service would run with its settings, without anything being changed."""
