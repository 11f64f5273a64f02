"""The bridge on HTTP: routes, who may call them, what they read and answer."""
