"""scan: a source as chunks, so that more objects than memory holds can be read again and again."""

__all__ = ["scan", "scan_if_large"]

import os
from pathlib import Path
from typing import Any

from gausscape.chunks import CHUNK, Chunks, checked_size
from gausscape.datasets.entry import catalogue
from gausscape.datasets.parquet_chunks import ParquetChunks
from gausscape.datasets.reader_of_path import find_reader, refuse_missing
from gausscape.datasets.readers import parquet
from gausscape.datasets.sources import load
from gausscape.memory import memory_limit


def scan(
    source: Any,
    *,
    chunk: int = CHUNK,
    id_column: str | None = None,
    label_column: str | None = None,
) -> Chunks:
    """Objects in chunks: a Parquet file or a folder of them is read piece by piece, all else is held in memory.

    Only the footers of the files are looked at now. The types of columns are taken from them, so that each chunk of a table comes
    with the same ones; dictionary columns come as their values.

    Args:
        source: A Parquet file; a folder with Parquet files in it or below it (names that begin with . or _ are left out, as
            pyarrow does; values in the names of folders are not read); or anything that `load_data` reads.
        chunk: Most objects of a chunk; fewer where rows are so wide that these would take more than 64 MB.
        id_column: Column of a table that names the objects; it leaves the table. The names need to differ over all chunks. None
            for the row number, after the file's name where there are several.
        label_column: Column of a table with each object's class or group; it leaves the table.

    Raises:
        MissingFileError: If there is nothing of that name; close names are told.
        SchemaError: If the files of a folder differ in columns or types; the file, column and types are named.
        DamagedFileError: If a file is cut, altered or no Parquet.
        DataError: If there is no object.

    Example:
        >>> chunks = scan("penguins", chunk=200)
        >>> len(chunks), chunks.sizes, chunks.read(1).ids[:2].tolist()
        (344, (200, 144), ['200', '201'])
    """
    checked_size(chunk)
    if isinstance(source, Chunks):
        return source
    if isinstance(source, (str, os.PathLike)) and source != "-" and str(source) not in catalogue():
        path = Path(source).expanduser()
        refuse_missing(path)
        files = parquet_files(path)
        if files:
            return ParquetChunks(
                files, name=path.name or str(path), size=chunk, id_column=id_column, label_column=label_column
            )
    return Chunks.of(load(source, id_column=id_column, label_column=label_column), size=chunk)


def scan_if_large(source: str, *, id_column: str | None = None, label_column: str | None = None) -> Chunks | None:
    """A source in chunks if it is a folder of Parquet files, or a Parquet file of more than an eighth of the memory; else None."""
    path = Path(source).expanduser()
    if source == "-" or source in catalogue() or not path.exists():
        return None
    files = parquet_files(path)
    if not files:
        return None
    chunks = ParquetChunks(files, name=path.name or source, id_column=id_column, label_column=label_column)
    return chunks if path.is_dir() or len(chunks) * chunks.width > memory_limit() / 8 else None


def parquet_files(path: Path) -> list[tuple[Path, str]]:
    """The Parquet files that a path stands for, with what each is called; none if it is something else.

    Args:
        path: A file or a folder, which is there.
    """
    if not path.is_dir():
        return [(path, path.name)] if path.suffix.lower() in parquet.SUFFIXES and find_reader(path) is parquet else []
    found = []
    for folder, below, names in os.walk(path):
        below[:] = [name for name in below if not name.startswith((".", "_"))]
        here = Path(folder)
        found += [
            here / name
            for name in names
            if not name.startswith((".", "_")) and Path(name).suffix.lower() in parquet.SUFFIXES
        ]
    # By the parts of the names: the order of a folder's listing differs from machine to machine.
    return [
        (each, each.relative_to(path).as_posix())
        for each in sorted(found, key=lambda each: each.relative_to(path).parts)
    ]
