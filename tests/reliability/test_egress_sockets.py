"""The egress guard against real sockets: resolvers that lie, listeners that drip, flood, redirect or speak nonsense."""

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from chalicelib.core.inflation import unzipped
from chalicelib.core.outgoing import BadAnswer, RefusedAddress, TooSlow, Unreachable
from chalicelib.edge.egress import KEPT_BYTES, Egress
from chalicelib.edge.targets import LOCAL, PUBLIC
from tests.fakes.certificate import Certificate
from tests.fakes.listener import Listener, request, saying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def local(whole_seconds: float = 5.0) -> Egress:
    return Egress(LOCAL, whole_seconds=whole_seconds)


def url(listener: Listener, path: str = "/hook") -> str:
    return f"http://127.0.0.1:{listener.port}{path}"


def test_a_post_arrives_as_it_was_sent_and_the_answer_comes_back() -> None:
    heard: list[bytes] = []

    def conversation(connection: socket.socket) -> None:
        heard.append(request(connection))
        connection.sendall(b"HTTP/1.1 201 Created\r\nX-Seen: Yes\r\nContent-Length: 4\r\n\r\nokay")

    with Listener(conversation) as listener:
        answer = local().post(url(listener, "/hook?a=1#f"), {"webhook-id": "7.0"}, b'{"event":1}')
    assert (answer.status, answer.body, answer.whole) == (201, b"okay", True)
    assert answer.headers["x-seen"] == "Yes"
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{listener.port}".encode() in head.split(b"\r\n")
    assert b"webhook-id: 7.0" in head.split(b"\r\n")
    assert body == b'{"event":1}'


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener(saying(OK)) as proxy, Listener(saying(OK)) as listener:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert local().post(url(listener), {}, b"").status == 200
        assert (proxy.connections, listener.connections) == (0, 1)


class Rebinding:
    """A resolver whose first answer is harmless and whose later ones lead inside."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def test_a_resolver_that_answers_differently_the_second_time_gains_nothing() -> None:
    resolver, dialled = Rebinding(["93.184.215.14"], ["127.0.0.1"]), []

    def dial(address: tuple[str, int], seconds: float) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    with pytest.raises(Unreachable):
        Egress(PUBLIC, resolver, dial).post("https://rebind.example.com/", {}, b"")
    assert resolver.asked == 1
    assert dialled == [("93.184.215.14", 443)]
    with pytest.raises(RefusedAddress):
        Egress(PUBLIC, resolver, dial).post("https://rebind.example.com/", {}, b"")
    assert len(dialled) == 1


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    resolver = Rebinding(["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "10.0.0.1"])
    with pytest.raises(RefusedAddress):
        Egress(PUBLIC, resolver).post("https://mixed.example.com/", {}, b"")


def test_when_one_checked_address_is_dead_the_next_is_tried() -> None:
    with Listener(saying(OK)) as listener:
        resolver = Rebinding(["127.0.0.2", "127.0.0.1"])  # nobody listens on the first
        answer = Egress(LOCAL, resolver).post(f"http://two.example.com:{listener.port}/", {}, b"")
    assert answer.status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_webhook_follows_no_redirect(status: int) -> None:
    with Listener(saying(OK)) as inside:
        redirect = f"HTTP/1.1 {status} Go\r\nLocation: http://127.0.0.1:{inside.port}/\r\nContent-Length: 0\r\n\r\n"
        with Listener(saying(redirect.encode())) as listener:
            assert local().post(url(listener), {}, b"").status == status
        assert inside.connections == 0


def dripping(piece: bytes, first: bytes = b"") -> Callable[[socket.socket], None]:
    """Hear the request, say `first`, then `piece` ten times a second for ever."""

    def conversation(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(first)
        while True:
            connection.sendall(piece)
            time.sleep(0.1)

    return conversation


@pytest.mark.parametrize(
    "conversation",
    [
        dripping(b"H"),
        dripping(b"X-Drip: 1\r\n", b"HTTP/1.1 200 OK\r\n"),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n"),
        lambda connection: time.sleep(10),
    ],
    ids=["status line", "headers", "endless continue", "silence"],
)
def test_a_listener_that_drips_its_answer_is_cut_off_when_the_whole_time_is_over(
    conversation: Callable[[socket.socket], None],
) -> None:
    with Listener(conversation) as listener:
        start = time.monotonic()
        with pytest.raises(TooSlow):
            local(whole_seconds=0.7).post(url(listener), {}, b"x" * 1000)
        assert 0.6 <= time.monotonic() - start < 2.0


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_dripping_body_is_cut_off_but_its_status_counts(head: bytes) -> None:
    with Listener(dripping(b"drip", head)) as listener:
        start = time.monotonic()
        answer = local(whole_seconds=0.7).post(url(listener), {}, b"")
        assert time.monotonic() - start < 2.0
    assert answer.status == 200
    assert answer.body.startswith(b"drip")
    assert not answer.whole


def flooding(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def conversation(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return conversation


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"y" * 65536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"y" * 65536 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"y" * 65536),
    ],
    ids=["until close", "chunked", "content-length"],
)
def test_an_endless_body_is_kept_up_to_64_kb(head: bytes, piece: bytes) -> None:
    with Listener(flooding(head, piece)) as listener:
        tracemalloc.start()
        start = time.monotonic()
        answer = local().post(url(listener), {}, b"")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert answer.status == 200
    assert answer.body == b"y" * KEPT_BYTES
    assert not answer.whole
    assert time.monotonic() - start < 2.0
    assert peak < 4 * 1024 * 1024


@pytest.mark.parametrize(
    "conversation",
    [
        saying(b""),
        saying(b"SSH-2.0-OpenSSH_9.2\r\n"),
        saying(b"-ERR unknown command 'POST'\r\n"),
        saying(b"HTTP/1.1 banana OK\r\n\r\n"),
        saying(b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 200 + b"\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n"),
        lambda connection: request(connection) and connection.shutdown(socket.SHUT_RDWR),
    ],
    ids=["nothing", "ssh", "redis", "no number", "200 headers", "long header", "reset"],
)
def test_what_is_not_http_is_a_failure_with_a_reason(conversation: Callable[[socket.socket], None]) -> None:
    with Listener(conversation) as listener, pytest.raises((BadAnswer, Unreachable), match=r"127\.0\.0\.1"):
        local().post(url(listener), {}, b"")


def test_nobody_listening_is_unreachable() -> None:
    with Listener(saying(OK)) as gone:
        pass
    with pytest.raises(Unreachable, match="No connection"):
        local().post(url(gone), {}, b"")


def test_a_resolver_that_hangs_is_cut_off() -> None:
    release = threading.Event()
    egress = Egress(LOCAL, lambda host, port: [str(release.wait(10))], whole_seconds=0.5)
    start = time.monotonic()
    with pytest.raises(TooSlow, match="not resolved in time"):
        egress.post("http://slow.example.com/", {}, b"")
    assert time.monotonic() - start < 2.0
    release.set()


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="cannot be resolved"):
        Egress(PUBLIC).post("https://does-not-exist.invalid/", {}, b"")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"), ["hook.example.com"])


@pytest.fixture
def secured(certificate: Certificate) -> Iterator[Listener]:
    def conversation(connection: socket.socket) -> None:
        heard = request(connection)
        host = next(line for line in heard.split(b"\r\n") if line.startswith(b"Host: "))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(host), host))

    with Listener(conversation, certificate.server()) as listener:
        yield listener


def test_tls_and_host_use_the_name_while_the_connection_goes_to_the_checked_address(
    certificate: Certificate, secured: Listener
) -> None:
    egress = Egress(LOCAL, lambda host, port: ["127.0.0.1"], trust=certificate.client)
    answer = egress.post(f"https://hook.example.com:{secured.port}/", {}, b"")
    assert answer.body == f"Host: hook.example.com:{secured.port}".encode()
    assert certificate.asked_names[-1] == "hook.example.com"


@pytest.mark.parametrize("host", ["other.example.com", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(host: str, certificate: Certificate, secured: Listener) -> None:
    egress = Egress(LOCAL, lambda host, port: ["127.0.0.1"], trust=certificate.client)
    with pytest.raises(Unreachable, match="No secure connection"):
        egress.post(f"https://{host}:{secured.port}/", {}, b"")


def test_a_certificate_that_nobody_vouches_for_is_refused(secured: Listener) -> None:
    egress = Egress(LOCAL, lambda host, port: ["127.0.0.1"])
    with pytest.raises(Unreachable, match="No secure connection"):
        egress.post(f"https://hook.example.com:{secured.port}/", {}, b"")


def test_a_handshake_that_never_ends_is_cut_off(certificate: Certificate) -> None:
    with Listener(lambda connection: time.sleep(5)) as listener:
        egress = Egress(LOCAL, lambda host, port: ["127.0.0.1"], trust=certificate.client, whole_seconds=0.5)
        start = time.monotonic()
        with pytest.raises(TooSlow):
            egress.post(f"https://hook.example.com:{listener.port}/", {}, b"")
        assert time.monotonic() - start < 2.0


# --- fetching, for importers ---


def answering(body: bytes, *headers: str) -> Callable[[socket.socket], None]:
    lines = "".join(f"{header}\r\n" for header in headers)
    return saying(f"HTTP/1.1 200 OK\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def test_a_fetch_gives_the_whole_body_decompressed() -> None:
    with Listener(answering(gzip.compress(b"a,b\n1,2\n"), "Content-Encoding: gzip")) as listener:
        assert local().fetch(url(listener), 1000, 5).body == b"a,b\n1,2\n"


def bomb(megabytes: int) -> bytes:
    """So many megabytes of zeros in about a thousandth of that."""
    machine = zlib.compressobj(9, wbits=31)
    return b"".join([*(machine.compress(bytes(1024 * 1024)) for _ in range(megabytes)), machine.flush()])


def test_a_gzip_bomb_bursts_at_the_limit_and_not_in_memory() -> None:
    content = bomb(200)
    with Listener(answering(content, "Content-Encoding: gzip")) as listener:
        tracemalloc.start()
        with pytest.raises(BadAnswer, match="when decompressed"):
            local().fetch(url(listener), 1024 * 1024, 5)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        (answering(b"x" * 1001), "larger than 1000"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"), "cut off"),
        (answering(gzip.compress(b"hello")[:-4], "Content-Encoding: gzip"), "cut off"),
        (answering(b"not gzip", "Content-Encoding: gzip"), "not gzip"),
        (answering(b"abc", "Content-Encoding: br"), "not asked for"),
    ],
    ids=["too large", "cut off", "cut gzip", "no gzip", "brotli"],
)
def test_a_fetch_that_cannot_give_the_whole_body_gives_none(
    conversation: Callable[[socket.socket], None], reason: str
) -> None:
    with Listener(conversation) as listener, pytest.raises(BadAnswer, match=reason):
        local().fetch(url(listener), 1000, 5)


def redirecting(location: str) -> Callable[[socket.socket], None]:
    return saying(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())


def test_a_fetch_follows_three_redirects_and_no_fourth() -> None:
    with ExitStack() as stack:
        chain = [stack.enter_context(Listener(answering(b"here")))]
        for _ in range(4):
            chain.append(stack.enter_context(Listener(redirecting(url(chain[-1])))))
        assert local().fetch(url(chain[3]), 1000, 5).body == b"here"
        with pytest.raises(RefusedAddress, match="more than 3"):
            local().fetch(url(chain[4]), 1000, 5)


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest/", "http://user@127.0.0.1/", "file:///etc/passwd", "//[fe80::1]/"]
)
def test_each_redirect_is_checked_like_the_first_address(location: str) -> None:
    with Listener(redirecting(location)) as listener, pytest.raises(RefusedAddress):
        local().fetch(url(listener), 1000, 5)


def asked_for(connection: socket.socket, heard: list[bytes]) -> None:
    heard.append(request(connection))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_the_headers_of_a_fetch_go_to_its_own_host_and_not_where_that_redirects_to() -> None:
    heard: list[bytes] = []
    with Listener(lambda connection: asked_for(connection, heard)) as other:

        def conversation(connection: socket.socket) -> None:
            heard.append(request(connection))
            location = "/again" if len(heard) == 1 else f"http://127.0.0.1:{other.port}/"
            connection.sendall(f"HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())

        with Listener(conversation) as listener:
            local().fetch(url(listener), 1000, 5, {"Authorization": "Bearer t"})
    assert [b"Authorization: Bearer t\r\n" in text for text in heard] == [True, True, False]


# --- streaming, for files of any size ---


def test_a_stream_gives_a_body_that_memory_would_not_hold_piece_by_piece() -> None:
    content = bomb(200)
    with Listener(answering(content, "Content-Encoding: gzip")) as listener:
        tracemalloc.start()
        with local().stream(url(listener), 300 << 20, 30) as answer:
            sizes = [len(piece) for piece in answer.chunks]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sum(sizes) == 200 << 20
    assert peak < 8 << 20


def test_a_stream_that_somebody_stops_reading_is_closed() -> None:
    told: list[Exception] = []

    def conversation(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x" * 65536)
        except OSError as error:
            told.append(error)

    with Listener(conversation) as listener:
        with local().stream(url(listener), 1 << 30, 30) as answer:
            next(answer.chunks)
        wait_until(lambda: told != [])


def wait_until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not reached() and time.monotonic() < end:
        time.sleep(0.01)
    assert reached()


def test_what_goes_wrong_with_the_reader_of_a_stream_is_not_taken_for_the_network_s_fault() -> None:
    with Listener(answering(b"x")) as listener, pytest.raises(FileNotFoundError), local().stream(url(listener), 9, 5):
        raise FileNotFoundError


@pytest.mark.parametrize(
    ("conversation", "failure"),
    [
        (dripping(b"d", b"HTTP/1.1 200 OK\r\n\r\n"), TooSlow),
        (flooding(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536), BadAnswer),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"), BadAnswer),
        (saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsh"), BadAnswer),
    ],
    ids=["dripping", "endless", "cut", "cut chunk"],
)
def test_a_stream_that_does_not_end_well_fails_while_it_is_read(
    conversation: Callable[[socket.socket], None], failure: type[Exception]
) -> None:
    with Listener(conversation) as listener, local().stream(url(listener), 1 << 20, 0.7) as answer:
        assert answer.status == 200
        with pytest.raises(failure):
            for _ in answer.chunks:
                pass


def test_gzip_files_of_several_members_and_with_zeros_behind_are_read_to_the_end() -> None:
    whole = gzip.compress(b"a" * 100_000) + gzip.compress(b"") + gzip.compress(b"b") + bytes(512)
    for size in (1, 7, 100_000):
        chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
        assert b"".join(unzipped(chunks, 1 << 20)) == b"a" * 100_000 + b"b"
