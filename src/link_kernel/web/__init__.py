"""HTTP for both services: request parsing, the response envelope, errors, addresses, listeners.

`application.py` is around every request, `unrouted.py` answers what has no route. `request.py`,
`credentials.py` and `client_address.py` read, `response.py` and `cors.py` write. `server.py` and
`listen.py` open the listeners, `health.py` and `openapi_route.py` are routes, `jwks_client.py`
fetches the keys.
"""
