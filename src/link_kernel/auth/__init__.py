"""Authentication: access tokens, DPoP proofs, refresh tokens, and the requirements of a route.

`authenticator.py` verifies a token (`access_token.py`) and its proof (`dpop.py`);
`remote_authenticator.py` does so with keys fetched from the issuer. `requirements.py` checks what
the route asks, `session_check.py` that the session is live. `refresh_token.py` stands alone.
"""
