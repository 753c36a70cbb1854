"""The signed receipt in the address of the confirmation page: what was given, and nothing about the person."""

from dataclasses import asdict, dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from forms_api.commands import State


@dataclass(frozen=True)
class Receipt:
    """What the confirmation says. `office` is the province whose office has it."""

    reference: str
    state: State
    position: int | None
    session: int | None
    office: str
    replayed: bool


class Receipts:
    """Signs receipts and reads them back."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="receipt")

    def sign(self, form_id: str, receipt: Receipt) -> str:
        """Return the receipt as text for an address."""
        return str(self._serializer.dumps([form_id, asdict(receipt)]))

    def read(self, form_id: str, text: str) -> Receipt | None:
        """Return a receipt that we signed for this form, or None."""
        try:
            signed_for, fields = self._serializer.loads(text)
            return Receipt(**fields) if signed_for == form_id else None
        except (BadSignature, TypeError, ValueError):
            return None
