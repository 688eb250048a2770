"""Which file formats are read, and the names of others that people upload."""

from typing import Final

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF", "HEIF")  # as Pillow names them; MPO is a JPEG to it

_OURS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")
_STILLS: Final = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"miaf")
_SEQUENCES: Final = (b"hevc", b"hevx", b"msf1")  # a film inside a HEIC file, which libheif reads no picture from
_FOREIGN: Final = (  # offset, signature, name
    (0, b"%PDF", "PDF"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\x00\x00\x01\x00", "ICO"),
    (0, b"\x00\x00\x02\x00", "CUR"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL \r\n", "JPEG XL"),
    (4, b"jP  \r\n", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"\x1a\x45\xdf\xa3", "video"),
    (8, b"AVI ", "video"),
    (0, b"\x00\x00\x01\xba", "video"),
    (0, b"FLV\x01", "video"),
    (4, b"ftyp", "video"),
    (4, b"moov", "video"),
)


def is_ours(data: bytes) -> bool:
    """Whether a file begins like one of the formats that are read."""
    webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    return data.startswith(_OURS) or webp or (data[4:8] == b"ftyp" and data[8:12] in _STILLS)


def foreign_format(data: bytes) -> str:
    """The name of the format of a file that is not read; "" for a file that is no picture."""
    if data[4:8] == b"ftyp" and data[8:12] in _SEQUENCES:
        return "HEIC video"
    for offset, signature, name in _FOREIGN:
        if data[offset:].startswith(signature):
            return name
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "SVG" if start.startswith((b"<svg", b"<?xml", b"<!")) and b"<svg" in data[:4000].lower() else ""
