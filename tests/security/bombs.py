"""Small files that ask for much: each maker writes one of at most 400 kB, and says what it would take."""

__all__ = ["BOMBS"]

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
from PIL import Image

LONG = 10_000_000


def one_long_text(rows):
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["x" * LONG]))


def parquet(path):
    """1 TB: 100,000 rows of one text of 10 MB, stored once."""
    pq.write_table(pa.table({"a": one_long_text(100_000)}), path, compression="zstd", store_schema=False)


def parquet_rows(path):
    """5 GB: 50 million times the same number."""
    cells = pa.DictionaryArray.from_arrays(pa.array(np.zeros(50_000_000, np.int8)), pa.array([1.0]))
    pq.write_table(pa.table({"a": cells}), path, compression="zstd", store_schema=False)


def arrow(path, table, **options):
    with pa.ipc.new_file(path, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)


def arrow_packed(path):
    """6 GB of zeros, packed with zstd."""
    zeros = pa.array(np.zeros(12_500_000, np.int64))
    arrow(path, pa.table({f"a{i}": zeros for i in range(60)}), compression="zstd")


def arrow_nulls(path):
    """32 GB: 2,000 million cells that are missing take no byte in the file."""
    arrow(path, pa.table({"a": pa.nulls(2_000_000_000)}))


def arrow_views(path):
    """1 TB: 100,000 cells that all point to one text of 10 MB."""
    one = pa.array(["x" * LONG], pa.string_view()).buffers()
    cells = pa.Array.from_buffers(pa.string_view(), 100_000, [None, pa.py_buffer(bytes(one[1])[:16] * 100_000), *one[2:]])
    arrow(path, pa.table({"a": cells}), compression="zstd")


def png(width, height, *more):
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), *more, (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    packed = (struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def png_pixels(path):
    """900 million pixels."""
    path.write_bytes(png(30_000, 30_000))


def png_text(path):
    """100 MB of text in a remark."""
    path.write_bytes(png(8, 8, (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))))


def png_profile(path):
    """100 MB in a colour profile."""
    path.write_bytes(png(8, 8, (b"iCCP", b"x\0\0" + zlib.compress(bytes(100_000_000), 9))))


def png_many_texts(path):
    """270 MB in 300 remarks."""
    remark = zlib.compress(bytes(900_000), 9)
    path.write_bytes(png(8, 8, *((b"zTXt", b"C%d\0\0" % i + remark) for i in range(300))))


def picture(path, mode, kind, **options):
    stream = io.BytesIO()
    Image.new(mode, (6000, 6000)).save(stream, kind, **options)
    path.write_bytes(stream.getvalue())


def webp(path):
    """36 million pixels, above the limit of 25."""
    picture(path, "L", "WEBP")


def gif(path):
    """36 million pixels."""
    picture(path, "L", "GIF")


def tiff(path):
    """36 million pixels in a few hundred bytes (group 4)."""
    picture(path, "1", "TIFF", compression="group4")


def bmp(path):
    """10,000 million pixels."""
    path.write_bytes(
        b"BM" + struct.pack("<IHHI", 1000, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, 100_000, 100_000, 1, 8, 0, 0, 1, 1, 0, 0) + bytes(946)
    )  # fmt: skip


def ppm(path):
    """A million million pixels."""
    path.write_bytes(b"P5 1000000 1000000 255\n" + bytes(100))


def npz(path):
    """4 GB of zeros."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (4_000_000_000,)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", header.getvalue() + bytes(1_000_000))
    raw = bytearray(path.read_bytes())
    central = raw.rfind(b"PK\x01\x02")
    raw[central + 24 : central + 28] = (4_000_000_000 + len(header.getvalue())).to_bytes(4, "little")
    path.write_bytes(raw)


def npz_nested(path):
    """An archive within an archive."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(10_000_000))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", inner.getvalue())


def npy(path):
    """8 TB."""
    with open(path, "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})


def npy_header(path):
    """A header of 4 GB."""
    path.write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", 4_000_000_000) + b"{" * 100)


def gzip_as_csv(path):
    """100 MB in gzip, called a CSV."""
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 10_000_000))


def json_deep(path):
    """300,000 lists within each other."""
    path.write_bytes(b'{"a":' + b"[" * 300_000)


def json_graph_deep(path):
    """The same where a graph is looked for."""
    path.write_bytes(b'{"nodes":' + b"[" * 300_000)


def json_keys(path):
    """7 GB: 30,000 rows, each with a key of its own."""
    path.write_text("".join(f'{{"{i:x}":1}}\n' for i in range(30_000)))


def json_number(path):
    """A number of 300,000 digits, whose parsing takes time that grows with the square."""
    path.write_bytes(b'{"a": ' + b"9" * 300_000 + b"}\n")


def graphml_laughs(path):
    """The "billion laughs": entities of entities."""
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY e0 "ha">{entities}]><graphml><graph><node id="&e9;"/></graph></graphml>'
    )


def graphml_file(path):
    """An entity that is another file."""
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        '<graphml><graph><node id="x"/></graph></graphml>'
    )


def graphml_deep(path):
    """100,000 elements within each other."""
    path.write_text("<graphml>" + "<a>" * 100_000)


def edges_deep(path):
    """30,000 brackets in an attribute."""
    path.write_text("a b {'x': " + "(" * 30_000 + "}\n")


def edges_signs(path):
    """30,000 minus signs in an attribute."""
    path.write_text("a b {'x': " + "-" * 30_000 + "1}\n")


BOMBS = {
    "text.parquet": parquet,
    "rows.parquet": parquet_rows,
    "packed.arrow": arrow_packed,
    "nulls.arrow": arrow_nulls,
    "views.arrow": arrow_views,
    "pixels.png": png_pixels,
    "text.png": png_text,
    "profile.png": png_profile,
    "texts.png": png_many_texts,
    "bomb.webp": webp,
    "bomb.gif": gif,
    "bomb.tif": tiff,
    "bomb.bmp": bmp,
    "bomb.ppm": ppm,
    "bomb.npz": npz,
    "nested.npz": npz_nested,
    "bomb.npy": npy,
    "header.npy": npy_header,
    "packed.csv": gzip_as_csv,
    "deep.jsonl": json_deep,
    "deep.json": json_graph_deep,
    "keys.jsonl": json_keys,
    "number.jsonl": json_number,
    "laughs.graphml": graphml_laughs,
    "file.graphml": graphml_file,
    "deep.graphml": graphml_deep,
    "deep.edgelist": edges_deep,
    "signs.edgelist": edges_signs,
}
