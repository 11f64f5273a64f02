"""The HTTP layer of the bridge: routes, handlers, CORS, pages, and the auth service's client."""
