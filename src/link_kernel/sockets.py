"""Sockets to a name, which may have several addresses: one that is silent holds up no other."""

import asyncio
import socket
from typing import Final

import aiohappyeyeballs

_LONGEST_LEAD_S: Final = 0.25  # RFC 8305


async def open_socket(host: str, port: int, *, within_s: float) -> socket.socket:
    """Return a socket that is connected to the first address of a host that accepts.

    Each is asked a moment after the one before it, which goes on trying, and all of them within
    half of the time that the caller has. Raises `OSError`; the time-out itself is the caller's.
    """
    loop = asyncio.get_running_loop()
    addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    lead_s = min(within_s / (2 * len(addresses)), _LONGEST_LEAD_S)
    return await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=lead_s)
