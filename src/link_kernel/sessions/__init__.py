"""The Redis session store shared with the main auth service, and session revocation.

`store.py` has one method for each script of `lua/`; `records.py` and `outcomes.py` are what the
scripts return. `revoke.py` ends sessions, `revocation_publisher.py` tells every process of it by
a stream, and `revocation_feed.py` follows that stream.
"""
