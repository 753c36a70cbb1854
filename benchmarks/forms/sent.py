"""What every server is sent: one sign-up form, as a program sends it, and forms that must be refused."""

import json
import re
import socket

from benchmarks.forms.load import KEY

ANSWERS = {
    "province": "50", "district": "5001", "subdistrict": "500101", "village": "หมู่ 4 บ้านหนองบัว",
    "role": "village_head", "session": 1, "full_name": "สมหญิง ใจดี", "phone": "081 234 5678", "contact": "call",
    "notice_read": True,
}  # fmt: skip
WRONG = (
    {"subdistrict": "500201"},  # of another district
    {"role": "community_leader"},  # in Bangkok only
    {"phone": "0812345"},
    {"village": "หมู่ 4 1-1017-00203-45-0"},  # with a citizen ID
    {"full_name": "สมหญิง 4"},
    {"contact": "fax"},
    {"notice_read": False},
)


def post(path: str, body: bytes, *headers: str) -> bytes:
    """Return a request as it goes over the wire."""
    lines = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


AS_JSON, WITH_KEY = "Content-Type: application/json", f"Idempotency-Key: {KEY}"
BODY = json.dumps(ANSWERS).encode()
SIGNUP = post("/api/v1/forms/trainer_signup", BODY, AS_JSON, WITH_KEY)
PEER_SIGNUP = post("/signup", BODY, AS_JSON, WITH_KEY)


def check_refusals(port: int, request: bytes) -> None:
    """Raise where a server that is said to check every answer takes a wrong one."""
    head, _, body = request.partition(b"\r\n\r\n")
    for number, wrong in enumerate(WRONG):
        changed = json.dumps(json.loads(body) | wrong).encode()
        sized = re.sub(rb"(?<=Content-Length: )[0-9]+", b"%d" % len(changed), head)
        key = b"%024d" % number
        status = _status(port, (sized + b"\r\n\r\n" + changed).replace(KEY.encode(), key))
        if status != 422:
            raise AssertionError(f"{status} for {wrong}")


def _status(port: int, request: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(request)
        return int(line.recv(4096)[9:12])
