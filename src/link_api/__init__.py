"""The Link API: a customer's login, addresses, mobile-money wallets and preferences, `/v1/link/*`.

cli, app, routes    the command, what is opened at the start, every route with its contract
http                authentication, CORS, responses, probes
contract            what the contracts of all slices share
database            engine, sessions, migrations at the start, the queue of writers
saved_items         what addresses and wallets have in common
the other folders   one slice each: contract, routes, service, storage
"""
