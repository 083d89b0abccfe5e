"""Hostile URLs (tests.fakes.hostile_urls): whatever the notation, none leads a deployment anywhere (reliability.md,
egress guard). The resolver is the system's reading of addresses in odd notations, plus a few names; no socket opens."""

import ipaddress
import socket
from collections.abc import Sequence
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.outgoing import OutgoingFailure, RefusedAddress, Unreachable
from chalicelib.edge.addresses import is_local_or_public, is_public
from chalicelib.edge.egress import Egress
from chalicelib.edge.targets import LOCAL, PUBLIC, EgressRules, target
from tests.fakes.hostile_urls import HOSTILE, NAMES, PUBLIC_ADDRESS, PUBLIC_SIX, hostile


class Dialled(Exception):
    """A connection was attempted, to this address and port."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Names from the table; everything else as the C library reads addresses, which is generous."""
    if host in NAMES:
        return NAMES[host]
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError as error:
        raise socket.gaierror(-2, "Name or service not known") from error


def dial(address: tuple[str, int], seconds: float) -> NoReturn:
    raise Dialled(address)


def egress(rules: EgressRules = PUBLIC) -> Egress:
    return Egress(rules, resolve, dial)


def test_the_table_is_long_enough() -> None:
    print(f"{len(hostile())} hostile URLs in {len(HOSTILE) + 1} classes")
    assert len(hostile()) >= 200


@pytest.mark.parametrize("url", hostile())
def test_a_hostile_url_is_refused_before_any_connection(url: str) -> None:
    with pytest.raises(RefusedAddress):
        egress().post(url, {}, b"")


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://example.com", (PUBLIC_ADDRESS, 443)),
        ("HTTPS://EXAMPLE.com./a?b=c#d", (PUBLIC_ADDRESS, 443)),
        ("https://example.com:443/", (PUBLIC_ADDRESS, 443)),
        ("https://example.com:80/", (PUBLIC_ADDRESS, 80)),
        ("https://ｅｘａｍｐｌｅ.com/", (PUBLIC_ADDRESS, 443)),
        ("https://8.8.8.8/", ("8.8.8.8", 443)),
        ("https://[2606:4700:4700::1111]/", ("2606:4700:4700::1111", 443)),
        ("https://six.example.com/", (PUBLIC_SIX, 443)),
        ("https://both.example.com/", (PUBLIC_SIX, 443)),
        ("https://example.com:/", (PUBLIC_ADDRESS, 443)),
        ("https://example.com?@127.0.0.1/", (PUBLIC_ADDRESS, 443)),
        ("https://example.com/@127.0.0.1:22/", (PUBLIC_ADDRESS, 443)),
        ("https://example.com//127.0.0.1/", (PUBLIC_ADDRESS, 443)),
        ("https://[64:ff9b::808:808]/", ("64:ff9b::808:808", 443)),
    ],
)
def test_an_ordinary_url_is_connected_to_at_the_checked_address(url: str, where: tuple[str, int]) -> None:
    with pytest.raises(Dialled) as dialled:
        egress().post(url, {}, b"")
    assert dialled.value.args == (where,)


@pytest.mark.parametrize("url", ["https://unknown.example.org/", "https://nobody.example.com/"])
def test_a_name_that_nobody_has_is_unreachable(url: str) -> None:
    with pytest.raises(Unreachable):
        egress().post(url, {}, b"")


@pytest.mark.parametrize(
    "url", ["http://localhost:5000/hook", "http://10.1.2.3/", "http://[::1]:8080/", "http://example.com"]
)
def test_local_development_reaches_its_own_machine_and_plain_http(url: str) -> None:
    with pytest.raises(Dialled):
        egress(LOCAL).post(url, {}, b"")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://metadata.google.internal/",
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "http://[::ffff:127.0.0.1]:9001/",
        "http://localhost:9001/",
        "http://127.1.2.3:9001/",
        "http://[::1]:9001/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[fd00:ec2::23]/v1/credentials",
        "http://[fd20:ce::254]/",
        "http://168.63.129.16/",
        "http://[fe80::1]/",
        "http://0.0.0.0:8000/",
        "http://[::]/",
        "http://224.0.0.1/",
        "http://2130706433/",
        "http://user@localhost/",
        "ftp://localhost/",
    ],
)
def test_even_local_development_does_not_reach_metadata_nor_odd_notations(url: str) -> None:
    with pytest.raises(RefusedAddress):
        egress(LOCAL).post(url, {}, b"")


def test_the_fragment_stays_home_and_the_query_goes_along() -> None:
    wanted = target("https://example.com/hook/ü?a=1&b=ö%20#token", PUBLIC)
    assert wanted.path == "/hook/%C3%BC?a=1&b=%C3%B6%20"


def test_a_path_is_never_empty() -> None:
    assert target("https://example.com?a=1", PUBLIC).path == "/?a=1"


@given(st.ip_addresses(v=4))
def test_no_private_address_is_public_in_any_of_its_ipv6_costumes(address: ipaddress.IPv4Address) -> None:
    costumes = [
        address,
        ipaddress.IPv6Address(f"::ffff:{address}"),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | int(address)),
    ]
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not any(is_public(costume) for costume in costumes)
    assert len({is_public(costume) for costume in costumes}) == 1


@given(st.ip_addresses(v=6, network="2000::/3") | st.ip_addresses(v=6))
def test_public_ipv6_is_global_unicast_only(address: ipaddress.IPv6Address) -> None:
    if is_public(address) and address not in ipaddress.ip_network("64:ff9b::/96") and address.ipv4_mapped is None:
        assert address.is_global
        assert address in ipaddress.ip_network("2000::/3")
        assert address.sixtofour is None
        assert address.teredo is None
        assert int(address) >> 32 & 0xFFFF_FFFF not in (0x5EFE, 0x0200_5EFE)


@given(st.ip_addresses(), st.integers(1, 65535))
def test_what_a_deployment_may_call_local_development_may_too(address: ipaddress.IPv4Address, port: int) -> None:
    if is_public(address):
        assert is_local_or_public(address, port)


@given(st.text(st.characters(), max_size=60))
def test_any_text_is_a_refusal_or_a_target_and_never_another_error(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}", f"https://[{text}]/"):
        try:
            egress().post(url, {}, b"")
        except (OutgoingFailure, Dialled):
            continue
        raise AssertionError(f"{url!r} was answered")
