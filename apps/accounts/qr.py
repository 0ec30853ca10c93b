"""A QR code as the path of an inline drawing."""

from dataclasses import dataclass

from qrcode import QRCode


@dataclass(frozen=True, slots=True)
class Drawing:
    """`path` fills the dark modules of a square whose side is `size`, the quiet zone included."""

    size: int
    path: str


def drawn(text: str) -> Drawing:
    """The code of `text`, with the error correction that survives a reflection on a screen."""
    code = QRCode()
    code.add_data(text)
    rows = code.get_matrix()
    dark = ((x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return Drawing(size=len(rows), path="".join(f"M{x} {y}h1v1h-1z" for x, y in dark))
