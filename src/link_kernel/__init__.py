"""What both services stand on; no feature, and neither service is known here.

clock, errors, ids, logs, metrics, origin, security_events, settings, strict_json: the basics

sessions    the Redis session store shared with the auth service, and revocation
auth        who calls, and with which proof: access tokens, DPoP, refresh tokens
keys        keyring files, rotation, JWK sets
limits      rate limits and the networks they count
redis       connection, scripts, key names
contract    the table of operations, and the documents made of it
web         the only aiohttp of the kernel
"""
