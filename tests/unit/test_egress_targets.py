"""Hostile URLs, one a line: whatever the notation, none leads a deployment to a private address (reliability.md, egress
guard). The resolver is the system's reading of addresses in odd notations, plus a few names; no socket opens."""

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

PUBLIC_ADDRESS = "93.184.215.14"
NAMES = {
    "example.com": [PUBLIC_ADDRESS],
    "six.example.com": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "private.example.com": ["10.1.2.3"],
    "half.example.com": [PUBLIC_ADDRESS, "192.168.1.1"],
    "mapped.example.com": ["::ffff:127.0.0.1"],
    "nat64.example.com": ["64:ff9b::a9fe:a9fe"],
    "metadata.google.internal": ["169.254.169.254"],
    "localhost": ["127.0.0.1", "::1"],
    "app.localhost": ["127.0.0.1"],
    "127.0.0.1.nip.io": ["127.0.0.1"],
    "scoped.example.com": ["fe80::1%eth0"],
    "nobody.example.com": [],
}


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


HOSTILE = """
https://127.0.0.1/
https://127.1/
https://127.0.1/
https://2130706433/
https://017700000001/
https://0x7f000001/
https://0X7F.0.0.1/
https://0x7f.1/
https://0177.0.0.1/
https://0177.0.0.01/
https://127.0.0.1./
https://127.0.0.1.nip.io/
https://127.127.127.127/
https://0/
https://0.0.0.0/
https://0.1.2.3/
https://10.0.0.1/
https://10.255.255.255/
https://167772161/
https://172.16.0.1/
https://172.31.255.254/
https://192.168.0.1/
https://192.168.1.1:443/
https://169.254.169.254/latest/meta-data/
https://169.254.170.2/v2/credentials/
https://2852039166/
https://0xA9FEA9FE/
https://0251.0376.0251.0376/
https://169.254.43518/
https://100.64.0.1/
https://100.127.255.254/
https://192.0.0.8/
https://192.0.2.1/
https://192.88.99.1/
https://198.18.0.1/
https://198.51.100.7/
https://203.0.113.9/
https://224.0.0.1/
https://239.255.255.250/
https://240.0.0.1/
https://255.255.255.255/
https://256.256.256.256/
https://1.2.3.4.5/
https://[::1]/
https://[::]/
https://[0:0:0:0:0:0:0:1]/
https://[::ffff:127.0.0.1]/
https://[::ffff:7f00:1]/
https://[::ffff:169.254.169.254]/
https://[::ffff:10.0.0.1]/
https://[::127.0.0.1]/
https://[::a9fe:a9fe]/
https://[64:ff9b::127.0.0.1]/
https://[64:ff9b::a9fe:a9fe]/
https://[64:ff9b:1::a9fe:a9fe]/
https://[2002:7f00:1::]/
https://[2002:a9fe:a9fe::1]/
https://[2001:0:53aa:64c::]/
https://[2001:db8::1]/
https://[3fff::1]/
https://[100::1]/
https://[fe80::1]/
https://[fe80::1%25eth0]/
https://[fe80::1%eth0]/
https://[fc00::1]/
https://[fd00:ec2::254]/
https://[fec0::1]/
https://[ff02::1]/
https://[5f00::1]/
https://[4000::1]/
https://[::ffff:0:127.0.0.1]/
https://[127.0.0.1]/
https://[v1.127.0.0.1]/
https://[::1/
https://::1/
https://localhost/
https://LOCALHOST/
https://localhost./
https://app.localhost/
https://metadata.google.internal/computeMetadata/v1/
https://private.example.com/
https://half.example.com/
https://mapped.example.com/
https://nat64.example.com/
https://scoped.example.com/
https://①②⑦.⓪.⓪.①/
https://１２７.０.０.１/
https://127。0。0。1/
https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/
https://١٢٧.0.0.1/
https://example.com@127.0.0.1/
https://127.0.0.1@example.com/
https://user:password@example.com/
https://@example.com/
https://example.com:80@10.0.0.1/
https://example.com\\@127.0.0.1/
https://example.com#@127.0.0.1\\/
https://example.com:22/
https://example.com:25/
https://example.com:6379/
https://example.com:9001/
https://example.com:0/
https://example.com:65536/
https://example.com:-1/
https://example.com:443443/
https://example.com:port/
https://example.com:４４３４/
https://%31%32%37.0.0.1/
https://127.0.0.1%2f@example.com/
https://exa mple.com/
https://example..com/
https://.example.com/
https://-example.com/
https://exam_ple*.com/
https:///path
https://
https:example.com
//example.com/
example.com
http://example.com/
http://127.0.0.1:9001/2018-06-01/runtime/invocation/next
ftp://example.com/
file:///etc/passwd
gopher://127.0.0.1:6379/_INFO
dict://127.0.0.1:11211/
javascript:alert(1)
data:text/plain,x
unix:///var/run/docker.sock
jar:https://example.com!/
""".strip().splitlines()

CONTROLS = [
    "https://example.com\r\nX-Evil: 1/",
    "https://exam\tple.com/",
    "https://example.com/\r\nHost: 127.0.0.1",
    "https://example.com/a b",
    " https://example.com/",
    "https://example.com/\x00",
    "https://127.0.0.1\u2028/",
    "https://" + "a" * 64 + ".com/",
    "https://" + "a." * 127 + "com/",
    "https://example.com/" + "a" * 2048,
    "",
]


def test_the_table_is_long_enough() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("url", [*HOSTILE, *CONTROLS])
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
        ("https://six.example.com/", ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", 443)),
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


@given(st.ip_addresses(), st.integers(1, 65535))
def test_what_a_deployment_may_call_local_development_may_too(address: ipaddress.IPv4Address, port: int) -> None:
    if is_public(address):
        assert is_local_or_public(address, port)


@given(st.text(max_size=60))
def test_any_text_is_a_refusal_or_a_target_and_never_another_error(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}", f"https://[{text}]/"):
        try:
            egress().post(url, {}, b"")
        except (OutgoingFailure, Dialled):
            continue
        raise AssertionError(f"{url!r} was answered")
