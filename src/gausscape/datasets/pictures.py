"""One picture file: is it whole, is it small enough, and what are its pixels by the stated rule?"""

__all__ = ["FORMATS", "SUFFIXES", "PictureError", "decode"]

import io
import warnings
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""The only formats that are tried, whatever a file calls itself; Pillow knows others that run programs."""

MOST_PIXELS = 25_000_000
LARGEST_FILE = 256 << 20


class PictureError(Exception):
    """Why one file cannot be used; the reader of the folder collects these."""


def decode(content: bytes, *, resize: tuple[int, int] | None = None) -> np.ndarray:
    """The pixels of one picture: uint8, (h, w) if it is grey and (h, w, 3) if it has colour.

    The rule for kinds of pixels: black-and-white and 8-bit grey stay as they are; 16-bit grey is scaled to 8 bits
    (v x 255 / 65535, rounded); palettes, CMYK, YCbCr, LAB and HSV become RGB; what is transparent is laid on white;
    32-bit integers and floats are refused, since they have no stated range. The EXIF rotation is applied, colour
    profiles are not. Of an animation the first frame is taken. `resize` stretches to that size without keeping the
    proportions, averaging where it shrinks (bilinear).

    Args:
        content: The whole file.
        resize: Height and width in pixels, or None to keep the size.

    Raises:
        PictureError: If the file is cut, altered, too large, or no picture of `FORMATS`.
    """
    from PIL import Image, ImageOps

    if not content:
        raise PictureError("has 0 bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower, and refuses
            opened = Image.open(io.BytesIO(content), formats=FORMATS)
        with opened as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise PictureError(
                    f"declares {width:,} x {height:,} pixels, more than {MOST_PIXELS // 10**6} million; shrink it"
                )
            refuse_cut(content, picture.format or "")
            picture.load()
            turned = ImageOps.exif_transpose(picture)
            plain = eight_bits(turned, deep=picture.format == "PPM")
            if resize is not None and plain.size != resize[::-1]:
                plain = plain.resize((resize[1], resize[0]), Image.Resampling.BILINEAR)
            return np.asarray(plain, dtype=np.uint8)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(f"declares far more than {MOST_PIXELS // 10**6} million pixels; shrink it") from error
    except Image.UnidentifiedImageError as error:
        raise PictureError(f"is no picture of the formats {', '.join(FORMATS)}") from error
    except MemoryError as error:
        raise PictureError("needs more memory than there is") from error
    except Exception as error:  # decoders raise almost anything on hostile bytes; each means: not this file
        raise PictureError(f"cannot be decoded ({(str(error) or type(error).__name__)[:100]})") from error


def eight_bits(picture: "Image.Image", *, deep: bool) -> "Image.Image":
    """The same picture in mode L or RGB; `deep` says that mode I holds 16 bits, as it does for PGM."""
    from PIL import Image

    mode = picture.mode
    if mode in ("L", "RGB") and "transparency" not in picture.info:
        return picture
    if mode == "1":
        return picture.convert("L")
    if mode.startswith("I;16") or (mode == "I" and deep):
        values = np.asarray(picture).astype(np.float64)
        return Image.fromarray(np.rint(values * (255 / 65535)).astype(np.uint8))
    if mode in ("I", "F"):
        raise PictureError(f"has 32-bit pixels (mode {mode}) without a stated range; save it with 8 or 16 bits")
    if mode in ("LA", "La") or (mode == "L" and "transparency" in picture.info):
        return on_white(picture.convert("LA"), "L")
    if mode in ("RGBA", "RGBa", "PA") or "transparency" in picture.info:
        return on_white(picture.convert("RGBA"), "RGB")
    return picture.convert("RGB")


def on_white(picture: "Image.Image", mode: str) -> "Image.Image":
    """alpha v + (1 - alpha) 255 for each pixel."""
    from PIL import Image

    ground = Image.new(mode, picture.size, "white")
    ground.paste(picture.convert(mode), mask=picture.getchannel("A"))
    return ground


def refuse_cut(content: bytes, kind: str) -> None:
    """Decoders forgive a missing end, so it is looked for here.

    A bit that is altered is found in PNG (each chunk has a check sum), rarely in the other formats.
    """
    if kind == "PNG":
        refuse_cut_png(content)
    elif kind in ("JPEG", "MPO") and content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda"):
        raise PictureError("is cut: no end mark (EOI) after its last scan")
    elif kind == "GIF" and not content.rstrip(b"\0").endswith(b"\x3b"):
        raise PictureError("is cut: no trailer at its end")
    elif len(content) < declared_length(content, kind):
        raise PictureError("is cut: shorter than it declares")


def declared_length(content: bytes, kind: str) -> int:
    if kind == "WEBP":
        return 8 + int.from_bytes(content[4:8], "little")
    return int.from_bytes(content[2:6], "little") if kind == "BMP" else 0


def refuse_cut_png(content: bytes) -> None:
    position = 8
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        end = position + 12 + length
        if end > len(content):
            break
        kind = content[position + 4 : position + 8]
        if zlib.crc32(memoryview(content)[position + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            raise PictureError(f"is altered: the check sum of its chunk {kind.decode('latin-1')!r} fails")
        if kind == b"IEND":
            return
        position = end
    raise PictureError("is cut: no end chunk (IEND)")
