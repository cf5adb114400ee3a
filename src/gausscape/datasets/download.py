"""Fetch one published file from the first mirror that serves it whole, and keep it in the platform's cache folder."""

__all__ = ["fetch"]

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from gausscape.errors import DamagedFileError, MissingExtraError, MissingFileError, StorageError

ROUNDS = 2
"""How often the list of mirrors is gone through."""


def fetch(file_name: str, urls: Sequence[str], sha256: str, *, size: int, folder: str, pause: float = 1.0) -> Path:
    """Path of the file in the cache, downloaded if it is not there whole.

    The work is done by pooch: a temporary file in the cache folder, hashed, then renamed; a file of another hash is
    removed, and a cached file is hashed again at each use. pooch cannot resume: a broken download begins anew.

    Args:
        file_name: Its name in the cache.
        urls: Where it is published, the preferred first.
        sha256: Its published hash, as hexadecimal digits.
        size: Its published size in bytes; a mirror that sends more is cut off.
        folder: Folder inside the cache.
        pause: Seconds to wait before the second round.

    Raises:
        DamagedFileError: If every mirror that answered sent other bytes.
        MissingFileError: If no mirror could be reached.
        StorageError: If the cache cannot be written.
    """
    try:
        import pooch
        import requests
    except ImportError as error:
        raise MissingExtraError(
            "Downloading needs the packages pooch and requests, which are not installed. Run: pip install pooch"
        ) from error
    from platformdirs import user_cache_dir

    cache = Path(user_cache_dir("gausscape")) / folder
    failures: dict[str, str] = {}
    altered = False
    for attempt in range(ROUNDS):
        time.sleep(pause * attempt)
        for url in urls:
            try:
                with quiet(pooch), ReceivedBytes(file_name, size) as received:
                    progress: Any = received  # pooch takes any object of tqdm's shape
                    downloader: Any = pooch.HTTPDownloader(progressbar=progress, chunk_size=1 << 16, timeout=(10, 30))
                    return Path(pooch.retrieve(url, sha256, fname=file_name, path=cache, downloader=downloader))
            except requests.exceptions.RequestException as error:
                failures[url] = f"{type(error).__name__}: {str(error)[:120]}"
            except (OversizeError, ValueError) as error:
                altered = True
                failures[url] = str(error) if isinstance(error, OversizeError) else "the SHA-256 differs"
            except OSError as error:
                raise StorageError(
                    f"{cache / file_name} was to be written, but: {error}. Make room, or set XDG_CACHE_HOME to a "
                    "folder that can be written, or download by hand and pass its folder as data_dir."
                ) from error
    told = "; ".join(f"{url} ({reason})" for url, reason in failures.items())
    kind = DamagedFileError if altered else MissingFileError
    raise kind(
        f"{file_name} with SHA-256 {sha256[:12]}... was needed, but no mirror served it: {told}. "
        "Try again later, or download it by hand and pass its folder as data_dir (or GAUSSCAPE_DATA_DIR)."
    )


class OversizeError(Exception):
    """A mirror sent more bytes than were published."""


class ReceivedBytes:
    """What pooch tells while it downloads: drawn with rich when a person watches, and a guard against endless files."""

    def __init__(self, title: str, size: int):
        self.title = title
        self.size = size
        self.total = size  # set by pooch from what the server claims; not believed
        self.received = 0
        self.bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def update(self, amount: int) -> None:
        self.received += amount
        if self.received > self.size + (1 << 16):  # pooch counts the last chunk as a full one
            raise OversizeError(f"more than the published {self.size:,} bytes")
        if self.bar is None and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            self.bar = Progress(*columns, console=Console(stderr=True))
            self.bar.start()
            self.bar.add_task(self.title, total=self.size)
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=min(self.received, self.size))

    def reset(self) -> None:
        self.received = 0

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


@contextlib.contextmanager
def quiet(pooch: Any) -> Iterator[None]:
    """pooch prints each step; the progress bar says it already."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)
