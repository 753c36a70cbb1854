"""uvicorn's HTTP protocol with what a public server needs: deadlines, budgets and a cap for each address.

uvicorn itself waits for ever for a slow head or body and accepts a header of any size. Here a request line and headers
must arrive within some seconds and bytes, a body within its own seconds, and an answer must be fetched as well.
What is too much is told (400, 413, 414, 431) where there is somebody to tell, or cut off.

Who is refused while still sending is heard out for some seconds and bytes: closing a socket with bytes unread is a
reset, which can take our words away before they were read.

It stands on the callbacks of `HttpToolsProtocol`; `tests/faults/test_probes.py` shows that they still do what we need.
OWASP ASVS 5.0: 4.2.1 (request boundaries), 15.1.3 and 15.2.2 (defences against exhaustion).
"""

from asyncio import TimerHandle, Transport
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from http import HTTPStatus
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from forms_api.errors import SettingsError
from forms_api.line import Line

VILLAGE_LINES = 150  # that 300 people behind one address have open at once: each some seconds in a minute


@dataclass(frozen=True)
class Limits:
    """What one connection may take. A village on 2G must still be able to send its 4 KB: 60 s are 70 bytes a second."""

    head_seconds: float = 10
    body_seconds: float = 60
    write_seconds: float = 60  # for an answer that the other side does not fetch
    linger_seconds: float = 5  # for somebody who was refused to stop sending and read why
    linger_bytes: int = 4_194_304  # and no more of it than this
    head_bytes: int = 16_384
    body_bytes: int = 524_288  # as they come: 64 KB in chunks of one byte are six times as much
    line_bytes: int = 8_192
    headers: int = 64
    pipelined: int = 8
    per_address: int = 600  # connections; people behind one carrier's address share it, proxies are exempt

    def shared(self, workers: int) -> "Limits":
        """Return the limits of one of several processes; new lines are spread unevenly, so its share has a floor."""
        share = max(-(-self.per_address // workers), min(self.per_address, VILLAGE_LINES))
        return replace(self, per_address=share)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Limits":
        """Return the limits, each changed by FORMS_API_<NAME>; raises SettingsError for what is no number."""
        given: dict[str, Any] = {}
        for part in fields(cls):
            if text := env.get(f"FORMS_API_{part.name.upper()}"):
                try:
                    given[part.name] = int(text) if part.type is int or part.type == "int" else float(text)
                except ValueError as error:
                    raise SettingsError(f"FORMS_API_{part.name.upper()}={text}: ใส่ตัวเลข") from error
        return cls(**given)


class ServiceConfig(uvicorn.Config):
    """uvicorn's settings with ours: limits, and the proxies whose connections are not counted."""

    def __init__(self, app: Any, limits: Limits, proxies: tuple[str, ...], **more: Any) -> None:
        self.limits, self.proxies = limits, frozenset(proxies)
        self.stopping = False
        super().__init__(app, http=DeadlineProtocol, **more)


class _TooMuch(Exception):
    """Raised inside the parser to stop it; `status` is told to the other side."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class DeadlineProtocol(HttpToolsProtocol):
    """One connection, with its clock running."""

    _open: ClassVar[Counter[str]] = Counter()  # connections by address, in this process

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Count the connection; cut it off where its address has too many."""
        super().connection_made(transport)
        assert isinstance(self.config, ServiceConfig)  # noqa: S101  # the only one that names this class
        self.limits = self.config.limits
        self._line = Line(transport, self._close)
        self._deadline: TimerHandle | None = None
        self._write_deadline: TimerHandle | None = None
        self._head_bytes, self._body_bytes, self._heads, self._in_head = 0, 0, 0, True
        self._refused = HTTPStatus.BAD_REQUEST
        self._clock: float | None = None  # what the parser has found: seconds for what is to come, 0 for no clock
        self._deaf, self._unheard = False, 0  # whether what still comes is thrown away, and how much of it
        self._lingers = False
        address = self.client[0] if self.client else ""
        self._address = "" if address in self.config.proxies else address
        self._open[self._address] += 1
        if self._address and self._open[self._address] > self.limits.per_address:
            transport.abort()
            return
        if self.config.stopping:
            transport.close()  # came between the last accept and the end: told to close too late to hear it
            return
        self._arm(self.limits.head_seconds)

    def shutdown(self) -> None:
        """The server stops: finish this request, and greet nobody new."""
        assert isinstance(self.config, ServiceConfig)  # noqa: S101  # as above
        self.config.stopping = True
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks and forget the connection."""
        self._disarm()
        self._stop_write_clock()
        self._line.let_go(self.transport.close)
        self._open[self._address] -= 1
        if self._open[self._address] <= 0:
            del self._open[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; bytes that the parser swallows (half a header, extensions of chunks) are counted too."""
        if self._deaf:
            self._unheard += len(data)
            if self._unheard > self.limits.linger_bytes:
                self._cut_off()
            return
        heads = self._heads
        super().data_received(data)
        self._set_clock()
        if self._deaf or self.parser is None or self.transport.is_closing():
            return
        if not self._in_head:
            self._body_bytes += len(data)
            if self._body_bytes > self.limits.body_bytes:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif self._heads == heads:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes + self.limits.line_bytes:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._deadline is None and not self._under_way():
            self._arm(self.limits.head_seconds)  # uvicorn stopped its clock at the first byte, be it an empty line

    def on_message_begin(self) -> None:
        """A request begins: its head has so many seconds."""
        super().on_message_begin()
        self._head_bytes, self._in_head = 0, True
        self._parsed_bytes = 0
        self._clock = self.limits.head_seconds
        if len(self.pipeline) > self.limits.pipelined:
            raise self._too_much(HTTPStatus.TOO_MANY_REQUESTS)

    def on_url(self, url: bytes) -> None:
        """Refuse a request line that is too long."""
        super().on_url(url)
        if len(self.url) > self.limits.line_bytes:
            raise self._too_much(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse headers that are too many or too long."""
        super().on_header(name, value)
        self._parsed_bytes += len(name) + len(value) + 4
        if self._parsed_bytes > self.limits.head_bytes or len(self.headers) > self.limits.headers:
            raise self._too_much(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """The head is here: exactly one Host (RFC 9112, 3.2), and the body's clock runs."""
        if sum(name == b"host" for name, _ in self.headers) != 1:
            raise self._too_much(HTTPStatus.BAD_REQUEST)
        super().on_headers_complete()
        self.cycle.transport = self._line  # type: ignore[assignment]
        self._body_bytes, self._in_head = 0, False
        self._heads += 1
        self._clock = self.limits.body_seconds

    def on_message_complete(self) -> None:
        """All of the request is here; from now on it is ours to be quick."""
        self._clock = 0
        self._head_bytes, self._in_head = 0, True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Ours is said: where the line closes now, the rest must be fetched in time."""
        self._line.answered()
        if self._lingers:
            return
        super().on_response_complete()
        if self.transport.is_closing():
            self._arm(self.limits.write_seconds)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle line; asyncio would wait for ever for the other side to fetch what is left."""
        super().timeout_keep_alive_handler()
        self._arm(self.limits.write_seconds)

    def pause_writing(self) -> None:
        """The other side does not fetch its answer: it has so many seconds."""
        self._write_deadline = self.loop.call_later(self.limits.write_seconds, self._cut_off)
        super().pause_writing()

    def resume_writing(self) -> None:
        """The other side fetches again."""
        self._stop_write_clock()
        super().resume_writing()

    def _stop_write_clock(self) -> None:
        """Stop the clock of an answer."""
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser stopped at, with the reason that we know."""
        self._refuse(self._refused)

    def _too_much(self, status: HTTPStatus) -> _TooMuch:
        self._refused = status
        return _TooMuch(status)

    def _refuse(self, status: HTTPStatus) -> None:
        self._disarm()
        if self.transport.is_closing():
            return
        if self._in_head and self._under_way():
            self.cycle.keep_alive, self._deaf = False, True  # what came before is answered as itself, then we close
            return
        if not self._in_head and (self.pipeline or self.cycle.response_started):
            # An answer of ours would be taken for that of another request, or for a second one.
            if self.pipeline or self._under_way():
                self._cut_off()
            else:
                self._linger()
            return
        body = "เครื่องอ่านคำขอนี้ไม่ได้ เปิดหน้าใหม่แล้วลองอีกครั้ง\n".encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self._linger()

    def _close(self) -> None:
        """Close behind an answer: at once where the whole request was read and nothing came after it."""
        if self.pipeline or self.cycle.more_body or self._deaf:
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        """Say that ours is said, and let the other side finish: what it still sends is thrown away."""
        self._deaf = self._lingers = True
        if self._under_way():
            self.cycle.disconnected = True  # the form that is being read will not come
            self.cycle.message_event.set()
        self.flow.resume_reading()
        try:
            self.transport.write_eof()
        except OSError:  # gone this very moment
            self._cut_off()
            return
        fetched = not self.transport.get_write_buffer_size()
        self._arm(self.limits.linger_seconds if fetched else self.limits.write_seconds)

    def _set_clock(self) -> None:
        """Set the clock by the last that was parsed: a request that came whole never needs one."""
        seconds, self._clock = self._clock, None
        if seconds and not self._deaf and not self.transport.is_closing():
            self._arm(seconds)
        elif seconds == 0 and not self._lingers:
            self._disarm()

    def _under_way(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._cut_off)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut_off(self) -> None:
        self._deadline = self._write_deadline = None
        self.transport.abort()
