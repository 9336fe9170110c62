"""What is not everybody's is not reached, in whatever form it is written."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading

import pytest

from pgsched import Discard
from pgsched.handlers.address import checked, is_public, resolve

LOCAL = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.255", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
    "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:808:808::", "3ffe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "9.255.0.1",
    "223.255.255.255", "2001:4860:4860::8888", "2606:4700::1111", "2a00::1", "2400::1",
]  # fmt: skip
ODD = [
    "127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "017700000001", "0",
    "localhost", "LOCALHOST", "::ffff:7f00:1", "0:0:0:0:0:0:0:1", "0xa9fea9fe",
    "2852039166", "169.254.43518",
]  # fmt: skip


def addresses(host, allowed=(), **options):
    networks = [ipaddress.ip_network(each) for each in allowed]
    return asyncio.run(checked(host, 80, networks, **options))


@pytest.mark.parametrize("address", LOCAL)
def test_a_special_address_is_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_others_are(address):
    assert is_public(ipaddress.ip_address(address))
    assert addresses(address) == [address]


@pytest.mark.parametrize("host", ODD)
def test_a_host_is_judged_by_where_it_leads(host):
    """However it is written: as the resolver reads it, which then connects."""
    with pytest.raises(Discard, match="not a public address"):
        addresses(host)


def test_one_bad_address_among_good_ones_is_one_too_many():
    """The first might not answer."""

    async def ask(host, port):
        return ["1.1.1.1", "10.0.0.1"]

    with pytest.raises(Discard, match=r"10\.0\.0\.1"):
        addresses("both.example", ask=ask)
    assert addresses("both.example", ["10.0.0.0/8"], ask=ask) == ["1.1.1.1", "10.0.0.1"]


def test_a_network_allows_its_own_addresses_alone():
    """Not their forms within IPv6."""
    assert addresses("127.0.0.1", ["127.0.0.0/8"]) == ["127.0.0.1"]
    for host in ("::ffff:127.0.0.1", "::1", "127.0.0.1"):
        with pytest.raises(Discard):
            addresses(host, ["127.0.0.0/8"] if ":" in host else ["::1/128"])


def test_what_is_no_name_ends_the_job_dead():
    """Rather than being asked for again."""
    with pytest.raises(Discard, match="no name of a host"):
        addresses(f"{'a' * 64}.example")


def test_a_name_whose_servers_say_nothing_holds_up_no_other(monkeypatch):
    """Nor does each who asks for it take a thread."""
    silence, real, asked = threading.Event(), socket.getaddrinfo, []

    def look(host, port, *args, **kwargs):
        if host == "silent.example":
            asked.append(host)
            silence.wait(30)
            raise socket.gaierror("no answer")
        return real("127.0.0.1", port, *args, **kwargs)

    async def both():
        waiting = [asyncio.create_task(resolve("silent.example", 80)) for _ in range(40)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        async with asyncio.timeout(20):
            found = await resolve("fine.example", 80)
        silence.set()
        return found, await asyncio.gather(*waiting, return_exceptions=True)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    found, (first, *others) = asyncio.run(both())

    assert (found, asked) == (["127.0.0.1"], ["silent.example"])
    assert isinstance(first, asyncio.CancelledError)
    assert {type(each) for each in others} == {socket.gaierror}
