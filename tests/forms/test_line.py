"""How answers leave: head and body in one piece, whatever the kind of answer."""

import asyncio

from forms_api.line import Line


class Sent(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def write(self, data):
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        return False


def test_the_head_of_each_answer_leaves_with_its_first_piece_of_body():
    sent = Sent()
    line = Line(sent, lambda: None)

    for answer in (b"one", b"two"):
        line.write(b"HTTP/1.1 200 OK\r\n\r\n")
        line.write(answer)
        line.write(b" and more")
        line.answered()

    assert sent.pieces == [
        b"HTTP/1.1 200 OK\r\n\r\none", b" and more", b"HTTP/1.1 200 OK\r\n\r\ntwo", b" and more",
    ]  # fmt: skip


def test_an_answer_without_a_body_leaves_too():
    sent = Sent()
    line = Line(sent, lambda: None)

    line.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    line.write(b"")

    assert sent.pieces == [b"HTTP/1.1 304 Not Modified\r\n\r\n"]


def test_who_asks_whether_to_send_a_body_is_told_at_once():
    sent = Sent()
    line = Line(sent, lambda: None)

    line.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    line.write(b"HTTP/1.1 201 Created\r\n\r\n")
    line.write(b"{}")

    assert sent.pieces == [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 201 Created\r\n\r\n{}"]


def test_an_answer_that_broke_off_after_its_head_is_sent_before_the_line_closes():
    sent, closed = Sent(), []
    line = Line(sent, lambda: closed.append(len(sent.pieces)))

    line.write(b"HTTP/1.1 200 OK\r\n\r\n")
    line.close()

    assert (sent.pieces, closed) == ([b"HTTP/1.1 200 OK\r\n\r\n"], [1])
