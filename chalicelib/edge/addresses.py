"""Which network addresses a user's URL may lead to.

For IPv6 this is a list of what is allowed, not of what is refused: global unicast is 2000::/3, and everything that
carries an IPv4 address inside is unwrapped or refused.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address
GLOBAL_UNICAST = IPv6Network("2000::/3")
NEVER_GLOBAL = [
    ip_network(block)
    for block in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # Azure's own services, for its machines alone
        "2002::/16",  # 6to4: any IPv4 address inside
        "3fff::/20",  # documentation
    )
]
INSTANCE_METADATA = [IPv6Network("fd00:ec2::/32"), IPv6Network("fd20:ce::/32")]  # AWS, Google; in IPv4 link-local
LAMBDA_RUNTIME_PORT = 9001
ISATAP = {0x0000_5EFE, 0x0200_5EFE}  # RFC 5214 §6.1: bits 64 to 95; an IPv4 address follows


def is_public(address: Address) -> bool:
    """Whether everybody on the Internet can reach this address."""
    bare = unwrapped(address)
    if any(bare in block for block in NEVER_GLOBAL if block.version == bare.version):
        return False
    if isinstance(bare, IPv6Address) and (bare not in GLOBAL_UNICAST or _isatap(bare)):
        return False
    return bare.is_global and not bare.is_multicast and not bare.is_reserved


def is_local_or_public(address: Address, port: int) -> bool:
    """Whether a development machine may call it: private addresses too, but never the addresses that clouds answer
    their own instances on, nor Lambda's own."""
    bare = unwrapped(address)
    if bare.is_link_local or bare.is_multicast or bare.is_unspecified:
        return False
    if isinstance(bare, IPv6Address) and any(bare in block for block in INSTANCE_METADATA):
        return False
    if bare.is_loopback:
        return port != LAMBDA_RUNTIME_PORT
    return bare.is_private or is_public(bare)


def _isatap(address: IPv6Address) -> bool:
    return int(address) >> 32 & 0xFFFF_FFFF in ISATAP


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped or NAT64 one; any other as it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def parse(text: str) -> Address | None:
    """The address that `text` is in its usual notation (no zone), None when it is not one."""
    try:
        return ip_address(text) if "%" not in text else None
    except ValueError:
        return None
