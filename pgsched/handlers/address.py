"""Which addresses are public, and a name's addresses if all of them are."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import Any

from ..context import Discard
from .permits import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# The registries of special addresses (RFC 6890 and what came since), and those that lead to others:
# relays of 6to4, and 168.63.129.16, by which Azure tells machines about themselves. Written out,
# for `is_global` of Python's ipaddress has changed from release to release.
_SPECIAL_4 = [
    ipaddress.IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
        "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
    )
]  # fmt: skip
# All that is global begins with 2000::/3: so neither loopback, private and link-local addresses,
# nor multicast, nor the forms ::a.b.c.d, ::ffff:a.b.c.d and 64:ff9b::a.b.c.d of NAT64 are in there;
# but Teredo (in 2001::/23), documentation and 6to4 are.
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_6 = [
    ipaddress.IPv6Network(each)
    for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")
]


def is_public(address: Address) -> bool:
    """Whether an address is anybody's on the Internet, and nobody's in this network."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    if address.scope_id is not None or address not in _GLOBAL_6:
        return False
    return not any(address in network for network in _SPECIAL_6)


async def resolve(host: str, port: int) -> list[str]:
    """
    The addresses of a name, in the order in which to try them. Raises OSError.

    On a thread for each name: an event loop has but a few for all (uvloop two), and those that wait
    for one name's servers, which say nothing for half a minute, would keep all others waiting.
    """
    looking = _looking.get((host, port))
    if looking is None:
        looking = _looking[host, port] = Future()
        looking.set_running_or_notify_cancel()  # from here on, nobody cancels it for others
        threading.Thread(target=_look, args=(host, port, looking), daemon=True).start()
    found = await asyncio.wrap_future(looking)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


_looking: dict[tuple[str, int], Future[list[Any]]] = {}


def _look(host: str, port: int, looking: Future[list[Any]]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except BaseException as error:
        del _looking[host, port]
        looking.set_exception(error)
    else:
        del _looking[host, port]
        looking.set_result(found)


async def checked(
    host: str, port: int, allowed: Sequence[Network], ask: Resolve = resolve
) -> list[str]:
    """
    The addresses of a host (a name, or an address in any form), asked for once.

    Raises Discard if one of them is neither public nor allowed; OSError if there are none.
    """
    try:
        found = await ask(host, port)
    except UnicodeError:
        raise Discard(f"{host} is no name of a host") from None
    for text in found:
        address = ipaddress.ip_address(text)
        if not is_public(address) and not any(address in network for network in allowed):
            raise Discard(
                f"{host} is {address}, which is not a public address; workers allow others by"
                " PGSCHED_HTTP_CIDRS"
            )
    if not found:
        raise OSError(f"{host} has no address")
    return list(found)
