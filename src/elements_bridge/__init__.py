"""The Elements bridge: identity for a wallet inside other people's checkouts.

cli, admin, serve   the command line, the administration of businesses, the server processes
check               what the bridge needs, asked before a deploy
app, services       open Redis and the clients, then build the services from the keyring
http                the route table, handlers, CORS, credentials, forward-auth, pages of the frame
contract            wire types and window messages, as the documents in contracts/ show them
service             one file for each use case: bootstrap, init, refresh, sign-in, logout, ...
businesses          merchants, their allow-lists, and the origins that were rejected
tokens              one file for each kind of token: how it is written and read
"""
