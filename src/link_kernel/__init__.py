"""The code that both services share; it holds no feature and imports neither service.

clock, errors, ids, logs, metrics, origin, security_events, settings, strict_json: the basics

sessions    the Redis session store shared with the auth service, and revocation
auth        authentication of requests: access tokens, DPoP proofs, refresh tokens
keys        keyring files, rotation, JWK sets
limits      rate limits, and the client networks that they count by
redis       connection, scripts, key names
contract    the table of operations, the OpenAPI and JSON Schema made of it, and their comparison
web         everything that uses aiohttp: application, requests, responses, listeners
check       what `check` of both services asks before a deploy, and its lines
"""
