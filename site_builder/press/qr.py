"""QR codes as pictures for the press."""

from functools import lru_cache

import segno

QUIET_ZONE = 4  # modules; ISO/IEC 18004


@lru_cache(maxsize=512)
def qr_code(address: str) -> str:
    """Return a QR code as a data: URI (level M; the quiet zone is part of the picture)."""
    return str(segno.make(address, error="m", micro=False).svg_data_uri(border=QUIET_ZONE, scale=4, light="#fff"))
