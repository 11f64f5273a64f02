"""The Link API: a customer's login, addresses, mobile-money wallets and preferences, `/v1/link/*`.

cli, check, app     the commands; what is asked before a deploy; the connections opened at the start
routes, services    the table of all routes, mounted and described; the services behind them
http                authentication, CORS, responses, plain routes, health checks
contract            what the contracts of all slices share
idempotency         one write and one stored response for each idempotency key
database            engine, sessions, migrations at the start, locks
saved_items         what addresses and wallets have in common
the other folders   one slice each: contract, routes, service, storage
"""
