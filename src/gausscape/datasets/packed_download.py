"""Fetch the files of a published archive, each held against its own hash, and keep them in the platform's cache folder."""

__all__ = ["fetch_packed"]

import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gausscape.datasets.download import OversizeError, ReceivedBytes, fetch, quiet
from gausscape.errors import GausscapeError, MissingExtraError, StorageError
from gausscape.space.durable import write_bytes


def fetch_packed(
    archive: str, members: Mapping[str, tuple[int, str]], *, mirrors: Sequence[str], limit: int, folder: str
) -> Path:
    """The cache folder that holds all the files, downloaded if they are not there whole.

    The archive is asked for once; what it lacks, or holds with other bytes, is fetched file by file from the mirrors.
    Of the archive only the named members are unpacked, by their last name, and never more than their published size.

    Args:
        archive: Address of the .zip file, whose own hash is not published.
        members: From file name to (size in bytes, SHA-256).
        mirrors: Addresses of folders that hold the same files unpacked.
        limit: Bytes beyond which the archive is cut off.
        folder: Folder inside the cache.

    Raises:
        DamagedFileError: If whatever was sent has other bytes.
        MissingFileError: If nothing could be reached.
        StorageError: If the cache cannot be written.
    """
    from platformdirs import user_cache_dir

    cache = Path(user_cache_dir("gausscape")) / folder
    lacking = {name for name in members if not is_whole(cache / name, members[name])}
    if lacking:
        lacking -= unpack(archive, {name: members[name] for name in lacking}, limit, cache)
    for name in sorted(lacking):
        size, digest = members[name]
        fetch(name, [mirror + name for mirror in mirrors], digest, size=size, folder=folder)
    return cache


def is_whole(path: Path, published: tuple[int, str]) -> bool:
    return path.is_file() and path.stat().st_size == published[0] and is_published(path.read_bytes(), published)


def is_published(content: bytes, published: tuple[int, str]) -> bool:
    return hashlib.sha256(content).hexdigest() == published[1]


def unpack(archive: str, members: Mapping[str, tuple[int, str]], limit: int, cache: Path) -> set[str]:
    """Names of the members that are now in the cache; what went wrong is left to the mirrors to mend."""
    try:
        import pooch
        import requests
    except ImportError as error:
        raise MissingExtraError(
            "Downloading needs the packages pooch and requests, which are not installed. Run: pip install pooch"
        ) from error
    done = set()
    try:
        with (
            tempfile.TemporaryDirectory() as scratch,
            quiet(pooch),
            ReceivedBytes(Path(archive).name, limit) as received,
        ):
            packed = Path(scratch) / "archive.zip"
            progress: Any = received
            pooch.HTTPDownloader(progressbar=progress, chunk_size=1 << 16, timeout=(10, 30))(archive, str(packed), None)
            with zipfile.ZipFile(packed) as opened:
                for info in opened.infolist():
                    name = info.filename.rpartition("/")[2]
                    if name in members and name not in done:
                        with opened.open(info) as file:
                            content = file.read(members[name][0] + 1)
                        if is_published(content, members[name]):
                            keep(cache / name, content)
                            done.add(name)
    except GausscapeError:
        raise
    except (requests.exceptions.RequestException, OversizeError, zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return done
    except (RuntimeError, NotImplementedError, ValueError):  # packed with a password or by a way unknown here
        return done
    return done


def keep(path: Path, content: bytes) -> None:
    """Written whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    except OSError as error:
        raise StorageError(
            f"{path} was to be written, but: {error}. Make room, or set XDG_CACHE_HOME to a folder that can be written, "
            "or download by hand and pass its folder as data_dir."
        ) from error
