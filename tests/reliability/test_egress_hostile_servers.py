"""The egress guard against servers that mean harm, on real sockets: resolvers that change their mind, floods, bodies of
two lengths, bombs in several layers, redirects to what is no place to go."""

import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from chalicelib.core.import_reading import Unreadable
from chalicelib.core.inflation import unzipped
from chalicelib.core.outgoing import BadAnswer, OutgoingFailure, RefusedAddress, TooSlow, Unreachable
from chalicelib.edge.egress import MOST_HEAD_BYTES, Egress
from chalicelib.edge.targets import LOCAL, PUBLIC
from chalicelib.importers.remote_files import streamed
from chalicelib.importers.sources.csv_url import CsvUrl
from tests.fakes.certificate import Certificate
from tests.fakes.listener import Conversation, Listener, request, saying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
PUBLIC_ADDRESSES = [["93.184.215.14"], ["2606:2800:21f:cb07:6820:80da:af6b:8b2c"]]
INSIDE = ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"]


def fetched(conversation: Conversation, most_bytes: int = 1000, seconds: float = 5.0) -> bytes:
    with Listener(conversation) as listener:
        return Egress(LOCAL).fetch(f"http://127.0.0.1:{listener.port}/", most_bytes, seconds).body


def posted(conversation: Conversation, seconds: float = 5.0) -> int:
    with Listener(conversation) as listener:
        return Egress(LOCAL, whole_seconds=seconds).post(f"http://127.0.0.1:{listener.port}/", {}, b"x").status


# --- resolvers ---


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("first", PUBLIC_ADDRESSES)
def test_a_name_that_is_public_when_it_is_checked_and_private_afterwards_is_dialled_as_it_was_checked(
    first: list[str], inside: str
) -> None:
    answers, dialled = [first, [inside]], []

    def dial(address: tuple[str, int], seconds: float) -> socket.socket:
        dialled.append(address[0])
        raise ConnectionRefusedError

    egress = Egress(PUBLIC, lambda host, port: answers.pop(0), dial)
    with pytest.raises(Unreachable):
        egress.fetch("https://rebind.example.com/", 100, 5)
    assert dialled == first
    with pytest.raises(RefusedAddress):
        egress.fetch("https://rebind.example.com/", 100, 5)
    assert dialled == first


def test_a_name_is_checked_again_when_a_redirect_comes_back_to_it(certificate: Certificate) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    location = "https://rebind.example.com/again"
    redirect = f"HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with Listener(saying(redirect), certificate.server()) as listener:

        def dial(address: tuple[str, int], seconds: float) -> socket.socket:
            return socket.create_connection(("127.0.0.1", listener.port), seconds)

        egress = Egress(PUBLIC, lambda host, port: answers.pop(0), dial, trust=certificate.client)
        with pytest.raises(RefusedAddress, match="not on the public Internet"):
            egress.fetch("https://rebind.example.com/", 100, 5)
        assert listener.connections == 1


@pytest.mark.parametrize("place", [0, 1, 499, 999])
def test_one_private_address_among_a_thousand_refuses_them_all(place: int) -> None:
    addresses = [f"93.184.{n // 250}.{n % 250 + 1}" for n in range(1000)]
    addresses[place] = "10.0.0.1"
    with pytest.raises(RefusedAddress):
        Egress(PUBLIC, lambda host, port: addresses).post("https://many.example.com/", {}, b"")


def test_a_name_with_hundreds_of_addresses_where_nobody_answers_takes_no_longer_than_one_with_a_few() -> None:
    now, dialled = [0.0], []

    def dial(address: tuple[str, int], seconds: float) -> socket.socket:
        now[0] += seconds
        dialled.append(seconds)
        raise TimeoutError("timed out")

    addresses = [f"93.184.215.{n}" for n in range(1, 250)]
    egress = Egress(PUBLIC, lambda host, port: addresses, dial, clock=lambda: now[0])
    with pytest.raises(TooSlow):
        egress.fetch("https://tarpit.example.com/", 100, 600)
    assert dialled == [3.0, 3.0, 3.0, 1.0]


# --- more than any answer needs ---


def flooding(head: bytes, piece: bytes) -> Conversation:
    def conversation(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return conversation


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FLOODS = {
    "100 Continue": flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "100 Continue with headers": flooding(b"", b"HTTP/1.1 100 Continue\r\n" + b"X-A: b\r\n" * 50 + b"\r\n"),
    "a status line": flooding(b"HTTP/1.1 200 ", b"O" * 4096),
    "one header": flooding(b"HTTP/1.1 200 OK\r\nX-A: ", b"a" * 4096),
    "many headers": flooding(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 500),
    "long headers": flooding(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"b" * 60_000 + b"\r\n"),
    "a folded header": flooding(b"HTTP/1.1 200 OK\r\nX-A: a\r\n", b" b\r\n" * 1000),
}
BODY_FLOODS = {
    "a body": flooding(b"HTTP/1.1 200 OK\r\n\r\n", b"y" * 65536),
    "chunks": flooding(CHUNKED, b"1000\r\n" + b"y" * 4096 + b"\r\n"),
    "extensions of chunks": flooding(CHUNKED, b"1;" + b"e" * 60_000 + b"\r\nx\r\n"),
    "one extension of a chunk": flooding(CHUNKED + b"1;", b"e" * 4096),
    "trailers": flooding(CHUNKED + b"2\r\nok\r\n0\r\n", b"X-A: b\r\n" * 500),
    "one trailer": flooding(CHUNKED + b"2\r\nok\r\n0\r\nX-A: ", b"b" * 4096),
    "a chunk of any size": flooding(CHUNKED + b"f" * 100 + b"\r\n", b"y" * 65536),
    "a chunk of negative size": flooding(CHUNKED + b"-5\r\n", b"y" * 65536),
    "empty gzip members": flooding(GZIP, gzip.compress(b"") * 500),
    "zeros behind a gzip member": flooding(GZIP + gzip.compress(b"a"), bytes(65536)),
}


@pytest.mark.parametrize("conversation", [*FLOODS.values(), *BODY_FLOODS.values()], ids=[*FLOODS, *BODY_FLOODS])
def test_a_flood_ends_a_fetch_by_its_size_long_before_the_time_is_over(conversation: Conversation) -> None:
    tracemalloc.start()
    with pytest.raises(BadAnswer):
        fetched(conversation, 100_000, seconds=60)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 << 20


@pytest.mark.parametrize("conversation", FLOODS.values(), ids=FLOODS)
def test_a_flood_before_its_body_fails_a_webhook(conversation: Conversation) -> None:
    with pytest.raises(BadAnswer):
        posted(conversation, 60)


@pytest.mark.parametrize("conversation", BODY_FLOODS.values(), ids=BODY_FLOODS)
def test_a_flood_in_its_body_leaves_a_webhook_its_status(conversation: Conversation) -> None:
    assert posted(conversation, 60) == 200


def test_as_many_headers_as_servers_really_send_are_no_flood() -> None:
    headers = b"".join(b"X-Header-%d: %s\r\n" % (n, b"v" * 2000) for n in range(90))
    assert len(headers) < MOST_HEAD_BYTES
    answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + headers + b"Content-Length: 2\r\n\r\nok"
    assert fetched(saying(answer)) == b"ok"


# --- drips ---


def dripping(first: bytes, pieces: Callable[[], Iterator[bytes]]) -> Conversation:
    def conversation(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(first)
        for piece in pieces():
            connection.sendall(piece)
            time.sleep(0.02)

    return conversation


def again(piece: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter(lambda: piece, b"")


DRIPS = {
    "status line": dripping(b"HTTP/1.1 200 ", again(b"O")),
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", again(b"X-A: b\r\n")),
    "body": dripping(b"HTTP/1.1 200 OK\r\n\r\n", again(b"y")),
    "chunk sizes": dripping(CHUNKED, again(b"1\r\ny\r\n")),
    "an extension": dripping(CHUNKED + b"1;", again(b"e")),
    "trailers": dripping(CHUNKED + b"2\r\nok\r\n0\r\n", again(b"X-A: b\r\n")),
    "gzip that gives nothing": dripping(GZIP, again(gzip.compress(b""))),
    "redirects": dripping(b"HTTP/1.1 302 Go\r\nLocation: /", again(b"a")),
}


@pytest.mark.parametrize("conversation", DRIPS.values(), ids=DRIPS)
def test_a_drip_ends_when_the_time_is_over(conversation: Conversation) -> None:
    start = time.monotonic()
    with pytest.raises(TooSlow):
        fetched(conversation, 1 << 20, 0.5)
    assert time.monotonic() - start < 3.0


def test_a_circle_of_redirects_that_each_take_their_time_ends_when_the_time_of_all_is_over() -> None:
    def conversation(connection: socket.socket) -> None:
        request(connection)
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 302 Go\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(TooSlow):
        fetched(conversation, 1000, 0.5)


def test_a_listener_that_takes_the_request_in_sips_is_cut_off_also_over_tls(certificate: Certificate) -> None:
    def conversation(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        while connection.recv(16 * 1024):
            time.sleep(0.2)

    def dial(address: tuple[str, int], seconds: float) -> socket.socket:
        connection = socket.create_connection(address, seconds)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        return connection

    with Listener(conversation, certificate.server()) as listener:
        egress = Egress(LOCAL, lambda host, port: ["127.0.0.1"], dial, trust=certificate.client, whole_seconds=1.0)
        start = time.monotonic()
        with pytest.raises(TooSlow):
            egress.post(f"https://rebind.example.com:{listener.port}/", {}, bytes(4 << 20))
        assert time.monotonic() - start < 4.0


def test_a_handshake_in_drips_is_cut_off(certificate: Certificate) -> None:
    def conversation(connection: socket.socket) -> None:
        connection.recv(65536)
        for byte in b"\x16\x03\x03\x40\x00" + bytes(16_384):
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    with Listener(conversation) as listener:
        egress = Egress(LOCAL, lambda host, port: ["127.0.0.1"], trust=certificate.client, whole_seconds=0.5)
        start = time.monotonic()
        with pytest.raises((TooSlow, Unreachable)):
            egress.post(f"https://rebind.example.com:{listener.port}/", {}, b"")
        assert time.monotonic() - start < 3.0


# --- bodies of two lengths ---


def said(*headers: str, body: bytes = b"hello") -> Conversation:
    return saying("\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode() + body)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (["Content-Length: 3", "Content-Length: 5"], "length clearly"),
        (["Content-Length: 5", "Content-Length: 5"], "length clearly"),
        (["Content-Length: 5, 5"], "length clearly"),
        (["Content-Length: -1"], "length clearly"),
        (["Content-Length: +5"], "length clearly"),
        (["Content-Length: 0x5"], "length clearly"),
        (["Content-Length: 1_0"], "length clearly"),
        (["Content-Length: five"], "length clearly"),
        (["Content-Length:"], "length clearly"),
        (["Content-Length: 5.0"], "length clearly"),
        ([f"Content-Length: {'9' * 5000}"], "length clearly"),
        (["Content-Length: 99999999999999999"], "larger than 1000"),
        (["Content-Length: 1001"], "larger than 1000"),
        (["Transfer-Encoding: gzip, chunked"], "not asked for"),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "not asked for|in HTTP"),
        (["Transfer-Encoding: identity", "Content-Length: 5"], "not asked for"),
        (["Transfer-Encoding: xchunked"], "not asked for"),
        (["Content-Encoding: gzip, gzip", "Content-Length: 5"], "not asked for"),
        (["Content-Encoding: gzip", "Content-Encoding: gzip", "Content-Length: 5"], "not asked for"),
        (["Content-Encoding: identity", "Content-Encoding: gzip", "Content-Length: 5"], "not asked for"),
        (["Content-Encoding: br", "Content-Length: 5"], "not asked for"),
        (["Content-Encoding: deflate", "Content-Length: 5"], "not asked for"),
        (["Content-Encoding: zstd", "Content-Length: 5"], "not asked for"),
    ],
)
def test_a_body_that_two_programs_would_read_differently_is_not_taken(headers: list[str], words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        fetched(said(*headers))


@pytest.mark.parametrize("size", ["zz", "5 5", "", "-1", "g", "99999999999999999999"])
def test_a_chunk_whose_size_is_none_gives_no_body(size: str) -> None:
    with pytest.raises(BadAnswer):
        fetched(saying(CHUNKED + f"{size}\r\nhello\r\n0\r\n\r\n".encode()))


def test_what_a_server_says_instead_of_http_is_repeated_in_part_only() -> None:
    with pytest.raises(BadAnswer) as caught:
        fetched(saying(b"secret of the inside " * 3000 + b"\r\n\r\n"))
    assert len(str(caught.value)) < 300


# --- bombs ---


def bomb(megabytes: int) -> bytes:
    machine = zlib.compressobj(9, wbits=31)
    return b"".join([*(machine.compress(b"a,b\n" * (1 << 18)) for _ in range(megabytes)), machine.flush()])


def test_a_bomb_is_stopped_by_the_clock_also_while_no_byte_more_is_read() -> None:
    ticks = iter(range(10**9))
    with Listener(saying(GZIP + bomb(100))) as listener:
        egress = Egress(LOCAL, clock=lambda: next(ticks) / 100)
        with (
            pytest.raises(TooSlow),
            egress.stream(f"http://127.0.0.1:{listener.port}/", 1 << 40, 5.0) as answer,
        ):
            for _ in answer.chunks:
                pass


@pytest.mark.parametrize(
    ("layers", "header", "reason"),
    [
        (1, "", "larger than .* when decompressed"),
        (1, "Content-Encoding: gzip\r\n", "larger than .* when decompressed"),
        (2, "Content-Encoding: gzip\r\n", "larger than .* when decompressed"),
    ],
)
def test_a_bomb_in_layers_bursts_at_the_limit(
    layers: int, header: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.importers.remote_files.MOST_FILE_BYTES", 1 << 20)
    tracemalloc.start()
    with pytest.raises(Unreadable, match=reason):
        for _ in _streamed(_layers(layers), header):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def _layers(count: int) -> bytes:
    content = bomb(64)
    for _ in range(count - 1):
        content = gzip.compress(content)
    return content


def _streamed(content: bytes, header: str) -> Iterator[bytes]:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n{header}\r\n".encode()
    with Listener(saying(head + content)) as listener:
        file = CsvUrl().file(CsvUrl().check({"csv_url": f"http://127.0.0.1:{listener.port}/t.csv"}))
        yield from streamed(Egress(LOCAL), file, 30.0)


def test_a_third_layer_is_left_to_the_reader_who_refuses_it() -> None:
    thrice = gzip.compress(gzip.compress(gzip.compress(b"a,b\n1,2\n")))
    told = b"".join(_streamed(thrice, "Content-Encoding: gzip\r\n"))
    assert list(unzipped([told], 100)) == [b"a,b\n1,2\n"]


@pytest.mark.parametrize("header", ["", "Content-Encoding: gzip\r\n"])
def test_gzip_is_unpacked_whether_a_header_tells_or_the_first_bytes(header: str) -> None:
    assert b"".join(_streamed(gzip.compress(b"a,b\n1,2\n"), header)) == b"a,b\n1,2\n"


@pytest.mark.parametrize("damage", [b"\x1f\x8b", b"\x1f\x8b\x08\x00", gzip.compress(b"a,b\n" * 99)[:-1]])
def test_gzip_that_is_damaged_is_a_reason(damage: bytes) -> None:
    with pytest.raises(Unreadable):
        list(_streamed(damage, ""))


# --- redirects ---

LOCATIONS = [
    "http://127.0.0.1:9001/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://[::ffff:169.254.169.254]/",
    "http://2852039166/",
    "http://0x7f.1/",
    "http://user:password@127.0.0.1/",
    "//169.254.169.254/",
    "//user@127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "data:text/csv,a",
    "javascript:alert(1)",
    "//[",
    "http://[",
    "http://[v1.x]/",
    "http://127.0.0.1:port/",
    "http://127.0.0.1:99999/",
    "http://\u2100/",
    "http://127.0.0.1/\xff",
    "http://a b/",
    "http://127.0.0.1/" + "a" * 3000,
    "http://\\127.0.0.1/",
    "http://127.0.0.1/, http://127.0.0.1/",
]


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_to_what_is_no_place_to_go_is_refused_also_in_development(location: str) -> None:
    head = b"HTTP/1.1 302 Go\r\nLocation: " + _as_sent(location) + b"\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(RefusedAddress):
        fetched(saying(head))


def _as_sent(location: str) -> bytes:
    return location.encode("latin-1" if location.endswith("\xff") else "utf-8")


def test_two_locations_are_none() -> None:
    with pytest.raises(RefusedAddress):
        fetched(saying(b"HTTP/1.1 302 Go\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"))


def test_a_redirect_to_letters_beyond_ascii_is_followed() -> None:
    heard: list[bytes] = []

    def conversation(connection: socket.socket) -> None:
        heard.append(request(connection).split(b" ")[1])
        location = "Location: /v\u00f6gel.csv\r\n".encode()
        head = b"HTTP/1.1 302 Go\r\n" + location + b"Content-Length: 0\r\n\r\n"
        connection.sendall(head if len(heard) == 1 else OK)

    assert fetched(conversation) == b"ok"
    assert heard == [b"/", b"/v%C3%B6gel.csv"]


def test_a_circle_of_redirects_ends_after_three() -> None:
    with Listener(saying(b"HTTP/1.1 302 Go\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")) as listener:
        with pytest.raises(RefusedAddress, match="more than 3"):
            Egress(LOCAL).fetch(f"http://127.0.0.1:{listener.port}/", 100, 5)
        assert listener.connections == 4


@pytest.mark.parametrize(
    "elsewhere", ["http://localhost:{port}/", "http://127.0.0.2:{port}/", "http://127.0.0.1:{other}/"]
)
def test_a_token_stays_with_the_scheme_host_and_port_that_it_was_given_for(elsewhere: str) -> None:
    heard: list[bool] = []

    def conversation(connection: socket.socket) -> None:
        heard.append(b"authorization" in request(connection).lower())
        location = elsewhere.format(port=listener.port, other=other.port)
        head = f"HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode() if len(heard) == 1 else OK)

    with Listener(conversation) as listener, Listener(conversation) as other:
        addresses: dict[str, Sequence[str]] = {"localhost": ["127.0.0.1"], "127.0.0.2": ["127.0.0.1"]}
        egress = Egress(LOCAL, lambda host, port: addresses[host], _dial_here)
        egress.fetch(f"http://127.0.0.1:{listener.port}/", 100, 5, {"Authorization": "Bearer t"})
    assert heard == [True, False]


def _dial_here(address: tuple[str, int], seconds: float) -> socket.socket:
    return socket.create_connection(("127.0.0.1", address[1]), seconds)


def test_a_token_that_would_break_the_request_is_not_sent() -> None:
    with Listener(saying(OK)) as listener, pytest.raises(OutgoingFailure):
        Egress(LOCAL).fetch(f"http://127.0.0.1:{listener.port}/", 100, 5, {"Authorization": "Bearer t\r\nHost: evil"})


# --- trust ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"), ["rebind.example.com"])


@pytest.mark.parametrize("name", ["other.example.com", "example.com", "a.rebind.example.com", "127.0.0.1"])
def test_a_fetch_from_a_host_whose_certificate_is_another_s_gets_nothing(name: str, certificate: Certificate) -> None:
    heard: list[bytes] = []

    def conversation(connection: socket.socket) -> None:
        heard.append(request(connection))
        connection.sendall(OK)

    with Listener(conversation, certificate.server()) as listener:
        egress = Egress(LOCAL, lambda host, port: ["127.0.0.1"], trust=certificate.client)
        with pytest.raises(Unreachable, match="No secure connection"):
            egress.fetch(f"https://{name}:{listener.port}/", 100, 5, {"Authorization": "Bearer t"})
        assert egress.fetch(f"https://rebind.example.com:{listener.port}/", 100, 5).body == b"ok"
    assert len(heard) == 1


def test_a_redirect_to_a_host_whose_certificate_is_another_s_gets_nothing(certificate: Certificate) -> None:
    with Listener(saying(OK), certificate.server()) as other:
        location = f"https://other.example.com:{other.port}/"
        redirect = f"HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        with Listener(saying(redirect)) as listener:
            egress = Egress(LOCAL, lambda host, port: ["127.0.0.1"], trust=certificate.client)
            with pytest.raises(Unreachable, match="No secure connection"):
                egress.fetch(f"http://127.0.0.1:{listener.port}/", 100, 5)
