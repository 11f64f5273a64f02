"""The Elements bridge: identity for a wallet inside other people's checkouts.

cli, admin, serve   the command, the stores' administration, the running server
app, services       what is opened at the start, and how the services stand on it
http                routes, CORS, credentials, forward-auth, pages of the frame: the only aiohttp
contract            wire types and window messages, as the documents in contracts/ show them
service             one file for each thing the bridge decides
businesses          merchants, their allow-lists, and the origins that were rejected
tokens              one way to write each token, one way to read it
"""
