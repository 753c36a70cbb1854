"""The family of errors that have an answer of their own.

FormsError
├── SettingsError          exit code 2: a setting is missing or wrong
├── Refused                the request is not one we read
│   ├── Malformed          400
│   ├── ForeignOrigin      403: posted from another site
│   └── WrongType          415
└── StoreError             raised by the store
    ├── KeyReused          409: same key, other answers; the first are kept
    ├── SessionClosed      422: the session is closed, past or unknown
    ├── Erased             410: the answers of this key were deleted on request
    └── Busy               503 with Retry-After: nothing was kept
"""


class FormsError(Exception):
    """Base of all errors of the form service."""


class SettingsError(FormsError):
    """A setting is missing or wrong; the message says which and what to do."""


class Refused(FormsError):
    """A request that is turned away before it is read."""

    status = 400


class Malformed(Refused):
    """Duplicate keys, undecodable text or a broken body."""


class ForeignOrigin(Refused):
    """A browser says that another site sent this request."""

    status = 403


class WrongType(Refused):
    """The body is not of a type this address reads."""

    status = 415


class StoreError(FormsError):
    """Base of what the store may raise."""


class KeyReused(StoreError):
    """The key was used before with other answers; `reference` is that of the first."""

    def __init__(self, reference: str) -> None:
        super().__init__("idempotency key reused with other answers")
        self.reference = reference


class SessionClosed(StoreError):
    """The training session does not exist, is over or takes no more names."""


class Erased(StoreError):
    """The answers sent with this key were kept, and were deleted since; the same key keeps nothing again."""


class Busy(StoreError):
    """The store cannot take more now; `retry_after` is in seconds."""

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__(f"store is busy, retry after {retry_after} s")
        self.retry_after = retry_after
