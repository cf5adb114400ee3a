"""How many bytes does an Arrow file declare once its buffers are unpacked? Read from its headers, before anything is."""

__all__ = ["frame_floor", "text_bytes", "unpacked_bytes"]

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_END = b"ARROW1"
_DICTIONARY, _RECORDS = 2, 3  # kinds of header in a message
_ID = 21 * 4  # a row number as numpy writes it


def unpacked_bytes(content: bytes) -> int:
    """Sum over all buffers of their declared length, of packed ones of the length after unpacking.

    A packed buffer begins with the length that it unpacks to, and Arrow takes that much memory before it looks at the
    rest: 30 kB can ask for 1 GB. A buffer that two batches share counts twice, for it is unpacked twice.

    Args:
        content: The whole file.

    Raises:
        ValueError: If the headers contradict the file.

    References:
        Apache Arrow columnar format 1.5: IPC file format, and record batch message, body compression.
    """
    if not content.endswith(_END) or len(content) < 20:
        raise ValueError("no end mark (ARROW1)")
    try:
        (length,) = struct.unpack_from("<i", content, len(content) - 10)
        footer = _root(content, len(content) - 10 - length)
        return sum(
            _batch_bytes(content, block) for place in (2, 3) for block in _structs(content, _field(content, footer, place), 24)
        )
    except struct.error as error:
        raise ValueError(f"a header points outside the file ({error})") from error


def frame_floor(schema: "pa.Schema", rows: int) -> int:
    """Bytes that a frame of so many rows and their ids take at the very least, whatever the file holds."""
    return rows * (_ID + sum(_width(field.type) for field in schema))


def text_bytes(cells: Any) -> int:
    """Bytes of the texts of a column when each cell has its own, however many cells share one in the file.

    Example:
        >>> import pyarrow as pa
        >>> text_bytes(pa.chunked_array([pa.array(["ab", "ab", None]).dictionary_encode()]))
        4
    """
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # its functions are made at run time, unseen by type checkers
    total = 0
    for chunk in cells.chunks:
        if pa.types.is_dictionary(chunk.type):
            # Lengths, not texts, are spread over the rows.
            lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
        elif pa.types.is_string_view(chunk.type) or pa.types.is_binary_view(chunk.type):
            # 16 bytes a cell, of which the first 4 are its length; Arrow computes nothing on this type.
            views = np.frombuffer(chunk.buffers()[1], "<i4").reshape(-1, 4)[chunk.offset : chunk.offset + len(chunk), 0]
            lengths = pa.array(views[np.asarray(chunk.is_valid())])
        else:
            lengths = pc.binary_length(chunk)
        total += pc.sum(lengths.cast(pa.int64())).as_py() or 0
    return total


def _width(kind: "pa.DataType") -> int:
    import pyarrow as pa

    if pa.types.is_null(kind):
        return 16  # a null column has no bytes in the file, and becomes objects and then floats
    try:
        return max(1, kind.bit_width // 8)
    except ValueError:  # no fixed width: at least a place to point from
        return 8


def _batch_bytes(content: bytes, block: int) -> int:
    offset, header_length, _, body_length = struct.unpack_from("<qiiq", content, block)
    if min(offset, header_length, body_length) < 0 or offset + header_length + body_length > len(content):
        raise ValueError("a block reaches beyond the file")
    marked = content[offset : offset + 4] == b"\xff\xff\xff\xff"
    message = _root(content, offset + (8 if marked else 4))
    kind_place = _field(content, message, 1)
    kind = content[kind_place] if kind_place is not None else 0
    batch = _table(content, _field(content, message, 2))
    if kind == _DICTIONARY:
        batch = _table(content, _field(content, batch, 1))
    elif kind != _RECORDS:
        raise ValueError("a block is no record batch")
    packed = _field(content, batch, 3) is not None
    body = offset + header_length
    total = 0
    for place in _structs(content, _field(content, batch, 2), 16):
        start, length = struct.unpack_from("<qq", content, place)
        if min(start, length) < 0 or start + length > body_length:
            raise ValueError("a buffer reaches beyond its block")
        if packed and length >= 8:
            (unpacked,) = struct.unpack_from("<q", content, body + start)
            total += length if unpacked == -1 else unpacked
            if unpacked < -1:
                raise ValueError("a packed buffer declares a negative length")
        else:
            total += length
    return total


# FlatBuffers, as far as it is needed: a table begins with the distance back to its list of field offsets.


def _root(content: bytes, start: int) -> int:
    return start + struct.unpack_from("<I", content, start)[0]


def _field(content: bytes, table: int | None, number: int) -> int | None:
    """Where a field of a table stands, None if it was left out."""
    if table is None:
        return None
    offsets = table - struct.unpack_from("<i", content, table)[0]
    if offsets < 0 or 4 + 2 * number >= struct.unpack_from("<H", content, offsets)[0]:
        return None
    distance = struct.unpack_from("<H", content, offsets + 4 + 2 * number)[0]
    return table + distance if distance else None


def _table(content: bytes, place: int | None) -> int:
    if place is None:
        raise ValueError("a header lacks its batch")
    return place + struct.unpack_from("<I", content, place)[0]


def _structs(content: bytes, place: int | None, size: int) -> Iterator[int]:
    """Places of the structs in a vector."""
    if place is None:
        return
    vector = place + struct.unpack_from("<I", content, place)[0]
    count = struct.unpack_from("<I", content, vector)[0]
    if vector + 4 + count * size > len(content):
        raise ValueError("a list in a header reaches beyond the file")
    yield from range(vector + 4, vector + 4 + count * size, size)
