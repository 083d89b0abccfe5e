"""Hostile URLs by what is hostile about them, one a line: none may lead a deployment anywhere (reliability.md, egress
guard). Names that lead inside are in `NAMES`; everything else is in the URL itself."""

PUBLIC_ADDRESS = "93.184.215.14"
PUBLIC_SIX = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
NAMES = {
    "example.com": [PUBLIC_ADDRESS],
    "six.example.com": [PUBLIC_SIX],
    "both.example.com": [PUBLIC_SIX, PUBLIC_ADDRESS],
    "nobody.example.com": [],
    # hostile from here on
    "private.example.com": ["10.1.2.3"],
    "half.example.com": [PUBLIC_ADDRESS, "192.168.1.1"],
    "last.example.com": [*(f"93.184.215.{n}" for n in range(1, 200)), "127.0.0.1"],
    "halfsix.example.com": [PUBLIC_SIX, "fd00::1"],
    "families.example.com": [PUBLIC_ADDRESS, "::1"],
    "families4.example.com": [PUBLIC_SIX, "127.0.0.1"],
    "mapped.example.com": ["::ffff:127.0.0.1"],
    "mappedhalf.example.com": [PUBLIC_ADDRESS, "::ffff:10.0.0.1"],
    "compatible.example.com": ["::127.0.0.1"],
    "translated.example.com": ["::ffff:0:127.0.0.1"],
    "nat64.example.com": ["64:ff9b::a9fe:a9fe"],
    "nat64local.example.com": ["64:ff9b:1::7f00:1"],
    "sixtofour.example.com": ["2002:7f00:1::1"],
    "teredo.example.com": ["2001:0:53aa:64c::"],
    "isatap.example.com": ["2001:4860::5efe:10.0.0.1"],
    "scoped.example.com": ["fe80::1%eth0"],
    "nonsense.example.com": ["not an address"],
    "octal.example.com": ["0177.0.0.1"],
    "cgnat.example.com": ["100.64.0.1"],
    "multicast.example.com": ["ff02::1"],
    "zero.example.com": ["0.0.0.0"],
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data.ec2.internal": ["169.254.169.254"],
    "metadata6.example.com": ["fd00:ec2::254"],
    "dns.example.com": ["169.254.169.253"],
    "wireserver.example.com": ["168.63.129.16"],
    "localhost": ["127.0.0.1", "::1"],
    "app.localhost": ["127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
    "127.0.0.1.nip.io": ["127.0.0.1"],
    "7f000001.nip.io": ["127.0.0.1"],
}

HOSTILE = {
    "this machine": """
        https://127.0.0.1/
        https://127.0.0.1:443/
        https://127.127.127.127/
        https://127.255.255.254/
        https://0.0.0.0/
        https://0.1.2.3/
        https://[::1]/
        https://[::1]:443/
        https://[::]/
        https://[0:0:0:0:0:0:0:1]/
        https://[0000:0000:0000:0000:0000:0000:0000:0001]/
    """,
    "private networks": """
        https://10.0.0.1/
        https://10.255.255.255/
        https://172.16.0.1/
        https://172.31.255.254/
        https://192.168.0.1/
        https://192.168.1.1:443/
        https://100.64.0.1/
        https://100.127.255.254/
        https://[fc00::1]/
        https://[fd00::1]/
        https://[fdff:ffff:ffff:ffff::1]/
        https://[fec0::1]/
    """,
    "services of the cloud for its own machines": """
        https://169.254.169.254/latest/meta-data/
        https://169.254.169.254/latest/api/token
        https://169.254.170.2/v2/credentials/
        https://169.254.170.23/v1/credentials
        https://169.254.169.253/
        https://169.254.169.123/
        https://169.254.79.129/
        https://169.254.100.1/2018-06-01/runtime/invocation/next
        https://[fd00:ec2::254]/latest/meta-data/
        https://[fd00:ec2::23]/v1/credentials
        https://[fd20:ce::254]/
        https://100.100.100.200/latest/meta-data/
        https://168.63.129.16/machine?comp=goalstate
        https://192.0.0.192/latest/
        https://metadata.google.internal/computeMetadata/v1/
        https://instance-data.ec2.internal/latest/meta-data/
        https://metadata6.example.com/
        https://dns.example.com/
        https://wireserver.example.com/
    """,
    "link-local, multicast, reserved and documentation": """
        https://169.254.1.1/
        https://192.0.0.8/
        https://192.0.0.170/
        https://192.0.2.1/
        https://192.88.99.1/
        https://198.18.0.1/
        https://198.19.255.254/
        https://198.51.100.7/
        https://203.0.113.9/
        https://224.0.0.1/
        https://239.255.255.250/
        https://240.0.0.1/
        https://255.255.255.255/
        https://[fe80::1]/
        https://[febf::1]/
        https://[ff02::1]/
        https://[ff0e::1]/
        https://[100::1]/
        https://[2001:db8::1]/
        https://[2001:2::1]/
        https://[2001:10::1]/
        https://[2001:20::1]/
        https://[3fff::1]/
        https://[5f00::1]/
        https://[4000::1]/
        https://[8000::1]/
    """,
    "IPv4 inside IPv6": """
        https://[::ffff:127.0.0.1]/
        https://[::ffff:7f00:1]/
        https://[0:0:0:0:0:ffff:7f00:1]/
        https://[::FFFF:127.0.0.1]/
        https://[::ffff:169.254.169.254]/
        https://[::ffff:10.0.0.1]/
        https://[::ffff:0.0.0.0]/
        https://[::127.0.0.1]/
        https://[::a9fe:a9fe]/
        https://[::ffff:0:127.0.0.1]/
        https://[64:ff9b::127.0.0.1]/
        https://[64:ff9b::a9fe:a9fe]/
        https://[64:ff9b::10.0.0.1]/
        https://[64:ff9b:1::a9fe:a9fe]/
        https://[2002:7f00:1::]/
        https://[2002:a9fe:a9fe::1]/
        https://[2002:a00:1::1]/
        https://[2001:0:53aa:64c::]/
        https://[2001:0:7f00:1::1]/
        https://[2001:4860::5efe:127.0.0.1]/
        https://[2001:4860::200:5efe:10.0.0.1]/
    """,
    "unusual notations of addresses": """
        https://127.1/
        https://127.0.1/
        https://127.0.0.1./
        https://0/
        https://00/
        https://0x0/
        https://2130706433/
        https://017700000001/
        https://0x7f000001/
        https://0X7F.0.0.1/
        https://0x7f.1/
        https://0177.0.0.1/
        https://0177.0.0.01/
        https://127.0.0x0.1/
        https://127.0.0.0x1/
        https://127.0.0.0001/
        https://4294967295/
        https://4294967297/
        https://167772161/
        https://2852039166/
        https://0xA9FEA9FE/
        https://0251.0376.0251.0376/
        https://169.254.43518/
        https://10.1/
        https://192.168.257/
        https://256.256.256.256/
        https://1.2.3.4.5/
        https://8.8.8.08/
        https://8.8.2056/
        https://example.0x/
        https://example.1/
    """,
    "unusual characters": """
        https://①②⑦.⓪.⓪.①/
        https://１２７.０.０.１/
        https://127。0。0。1/
        https://127．0．0．1/
        https://127｡0｡0｡1/
        https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/
        https://ｌocalhost/
        https://loc\u00adalhost/
        https://local\u200bhost/
        https://١٢٧.0.0.1/
        https://१२७.0.0.1/
        https://127.0.0.1\uff0fexample.com/
        https://example.com\uff03@127.0.0.1/
        https://example.com\uff20127.0.0.1/
        https://exa\u2100mple.com/
        https://stra\u00dfe.example/
        https://\u03b2\u03cc\u03bb\u03bf\u03c2.example/
        https://a\u200db.example/
        https://\u202eelpmaxe.com/
        https://xn--/
        https://xn--127-.0.0.1/
        https://%31%32%37.0.0.1/
        https://127.0.0.1%2f@example.com/
        https://example.com%00.evil.example/
        https://example.com%2f.evil.example/
        https://exa%6dple.com/
        https://example.com%2e/
    """,
    "names that lead inside": """
        https://localhost/
        https://LOCALHOST/
        https://localhost./
        https://localhost:443/
        https://app.localhost/
        https://localhost.localdomain/
        https://127.0.0.1.nip.io/
        https://7f000001.nip.io/
        https://private.example.com/
        https://PRIVATE.example.com./
        https://half.example.com/
        https://last.example.com/
        https://halfsix.example.com/
        https://families.example.com/
        https://families4.example.com/
        https://mapped.example.com/
        https://mappedhalf.example.com/
        https://compatible.example.com/
        https://translated.example.com/
        https://nat64.example.com/
        https://nat64local.example.com/
        https://sixtofour.example.com/
        https://teredo.example.com/
        https://isatap.example.com/
        https://scoped.example.com/
        https://nonsense.example.com/
        https://octal.example.com/
        https://cgnat.example.com/
        https://multicast.example.com/
        https://zero.example.com/
        https://intranet/
        https://printer./
    """,
    "users, and hosts that look like one": """
        https://example.com@127.0.0.1/
        https://127.0.0.1@example.com/
        https://user:password@example.com/
        https://user@example.com/
        https://:password@example.com/
        https://@example.com/
        https://@@example.com/
        https://example.com:80@10.0.0.1/
        https://example.com;@127.0.0.1/
        https://example.com&x@127.0.0.1/
        https://%40@example.com/
        https://example.com\\@127.0.0.1/
        https://example.com#@127.0.0.1\\/
        https://127.0.0.1\\.example.com/
    """,
    "ports": """
        https://example.com:22/
        https://example.com:25/
        https://example.com:53/
        https://example.com:3306/
        https://example.com:6379/
        https://example.com:8443/
        https://example.com:9001/
        https://example.com:11211/
        https://example.com:0/
        https://example.com:65536/
        https://example.com:65979/
        https://example.com:-1/
        https://example.com:+443/
        https://example.com:443443/
        https://example.com:0x1bb/
        https://example.com:4_43/
        https://example.com:port/
        https://example.com:443:80/
        https://example.com:４４３/
        https://example.com:４４３４/
    """,
    "brackets": """
        https://[127.0.0.1]/
        https://[8.8.8.8]/
        https://[example.com]/
        https://[v1.127.0.0.1]/
        https://[v1.example.com]/
        https://[fe80::1%25eth0]/
        https://[fe80::1%eth0]/
        https://[2606:4700:4700::1111%25lo]/
        https://[::1/
        https://::1]/
        https://::1/
        https://[]/
        https://[[2606:4700:4700::1111]]/
        https://example.com[2606:4700:4700::1111]/
        https://[2606:4700:4700::1111]example.com/
        https://[2606:4700:4700::1111].example.com/
        https://[2606:4700:4700::1111]:443:80/
    """,
    "no host, or none that can be": """
        https://example..com/
        https://.example.com/
        https://example.com../
        https://-example.com/
        https://example-.com/
        https://exam_ple*.com/
        https://exam!ple.com/
        https://example,com/
        https://./
        https://../
        https:///path
        https://
        https:
        https:example.com
        https:/example.com/
        https:////example.com/
        https://?a=b
        https://#a
        //example.com/
        /etc/passwd
        example.com
        example.com:443
        ?a=b
    """,
    "other schemes": """
        http://example.com/
        http://127.0.0.1:9001/2018-06-01/runtime/invocation/next
        HTTP://example.com/
        ftp://example.com/
        ftps://example.com/
        sftp://example.com/
        file:///etc/passwd
        file://localhost/etc/passwd
        file:/proc/self/environ
        gopher://127.0.0.1:6379/_INFO
        dict://127.0.0.1:11211/
        ldap://127.0.0.1/
        ws://example.com/
        wss://example.com/
        s3://bucket/key
        javascript:alert(1)
        data:text/plain,x
        blob:https://example.com/1
        unix:///var/run/docker.sock
        http+unix://%2fvar%2frun%2fdocker.sock/
        jar:https://example.com!/
        netdoc:///etc/passwd
        url:https://127.0.0.1/
        view-source:https://example.com/
        about:blank
        httpſ://example.com/
    """,
}

CONTROLS = [
    "https://example.com\r\nX-Evil: 1/",
    "https://exam\tple.com/",
    "https://exa\nmple.com/",
    "https://example.com/\r\nHost: 127.0.0.1",
    "https://example.com/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /",
    "https://example.com/?a=\r\n\r\nGET / HTTP/1.1",
    "https://example.com/a b",
    "https://exa mple.com/",
    " https://example.com/",
    "https://example.com/ ",
    "\x00https://example.com/",
    "https://example.com/\x00",
    "https://example.com\x00.evil.example/",
    "https://example.com/\x7f",
    "https://127.0.0.1\u2028/",
    "https://example.com\u00a0/",
    "https://example.com\x85/",
    "https://example.com/\ud800",
    "https://\udfff.com/",
    "https://example.com/<script>",
    "https://example.com/{a}",
    "https://" + "a" * 64 + ".com/",
    "https://" + "a." * 127 + "com/",
    "https://" + "ü" * 60 + ".com/",
    "https://example.com/" + "a" * 2048,
    "https://example.com/?" + "a" * 2048,
    "",
]


def hostile() -> list[str]:
    """All of them, each once."""
    lines = (line.strip() for block in HOSTILE.values() for line in block.split("\n"))
    return list(dict.fromkeys([*filter(None, lines), *CONTROLS]))
