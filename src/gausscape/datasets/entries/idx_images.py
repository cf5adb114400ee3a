"""MNIST and Fashion-MNIST: four idx files each, from a local folder or from the first mirror that serves them."""

__all__ = ["ENTRIES", "Publication"]

import functools
import gzip
import hashlib
import os
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gausscape.datasets.entry import Entry
from gausscape.errors import DamagedFileError, DataError, MissingFileError
from gausscape.items import Items

PREFIXES = {"train": "train", "test": "t10k"}
COUNTS = {"train": 60_000, "test": 10_000}
KINDS = ("images-idx3", "labels-idx1")


@dataclass(frozen=True)
class Publication:
    """One data set as its makers published it.

    Args:
        name: Its name in the catalogue.
        mirrors: Addresses of the folders that hold the four files, the preferred first.
        files: From file name to (size in bytes, SHA-256 of the .gz file).
        unpacked: From file name to the SHA-256 of what the .gz file holds, where that is known.
    """

    name: str
    mirrors: tuple[str, ...]
    files: dict[str, tuple[int, str]]
    unpacked: dict[str, str]


MNIST = Publication(
    name="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://raw.githubusercontent.com/fgnt/mnist/master/",
    ),
    files={
        "train-images-idx3-ubyte.gz": (
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        "train-labels-idx1-ubyte.gz": (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        "t10k-images-idx3-ubyte.gz": (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        "t10k-labels-idx1-ubyte.gz": (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    },
    unpacked={
        "train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
)

FASHION_MNIST = Publication(
    name="fashion-mnist",
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    # The MD5 sums that the makers print are older and weaker than these of the TensorFlow data sets.
    files={
        "train-images-idx3-ubyte.gz": (
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        "train-labels-idx1-ubyte.gz": (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        "t10k-images-idx3-ubyte.gz": (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        "t10k-labels-idx1-ubyte.gz": (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    },
    unpacked={},
)

PUBLICATIONS = (MNIST, FASHION_MNIST)


def read(publication: Publication, split: str | None, data_dir: Path | None) -> Items:
    """Images uint8 (n, 28, 28) and labels 0-9 of one split.

    The files are taken from `data_dir`; or, if none is given, from the folder that the environment variable
    GAUSSCAPE_DATA_DIR names, where it holds them; or else downloaded once. In a local folder, or in its subfolder of
    the set's name, they may be packed (.gz) or plain. Their content is always checked (header, counts, the CRC of
    .gz). Local bytes with another hash than the published one are used under a warning, for they are the user's own;
    a download with another hash is refused, and so are the files of another set of this catalogue.
    """
    part = split or "train"
    images_name, labels_name = (f"{PREFIXES[part]}-{kind}-ubyte.gz" for kind in KINDS)
    images_path, labels_path = (locate(publication, name, data_dir) for name in (images_name, labels_name))
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.shape != (COUNTS[part], 28, 28):
        shape = " x ".join(map(str, images.shape))
        raise DataError(
            f"{images_path} should hold {COUNTS[part]:,} x 28 x 28 pixels, but holds {shape}. "
            "Use the published file, or load this one as an array of your own."
        )
    if labels.shape != (len(images),) or labels.max() > 9:
        raise DataError(
            f"{labels_path} should hold {len(images):,} labels of 0-9, but holds {labels.size:,} up to {labels.max()}. "
            "Use the published file beside the images."
        )
    ids = np.arange(len(images)).astype(str)
    return Items(images, ids, labels.astype(np.int64), name=f"{publication.name} ({part})", modality="images")


def locate(publication: Publication, file_name: str, data_dir: Path | None) -> Path:
    """The file in the user's folder, or in the cache after a download."""
    named = os.environ.get("GAUSSCAPE_DATA_DIR")
    folder = data_dir or (Path(named).expanduser() if named else None)
    if folder is not None:
        plain = file_name.removesuffix(".gz")
        for path in (place / name for place in (folder / publication.name, folder) for name in (file_name, plain)):
            if path.is_file():
                compare_hash(publication, file_name, path)
                return path
        if data_dir is not None:
            raise MissingFileError(
                f"{file_name} (or {plain}) was needed in {folder} or {folder / publication.name}, but is not there. "
                "Put it there, or leave data_dir away to download it."
            )
    from gausscape.datasets.download import fetch

    size, digest = publication.files[file_name]
    urls = [mirror + file_name for mirror in publication.mirrors]
    return fetch(file_name, urls, digest, size=size, folder=publication.name)


def compare_hash(publication: Publication, file_name: str, path: Path) -> None:
    """Warn where a local file is not the published one; refuse the file of another set."""
    from gausscape.datasets.file_state import whole_bytes

    packed = path.suffix == ".gz"
    found = hashlib.sha256(whole_bytes(path)).hexdigest()
    for other in PUBLICATIONS:
        hashes = (other.files[file_name][1], other.unpacked.get(file_name))
        if found in hashes and other.name != publication.name:
            raise DataError(
                f"{path} should be a file of {publication.name}, but is the one of {other.name}. "
                f"Load {other.name!r}, or keep the two sets in folders of their own names."
            )
    expected = publication.files[file_name][1] if packed else publication.unpacked.get(file_name)
    if expected is not None and found != expected:
        warnings.warn(
            f"{path} is not the published file: its SHA-256 is {found[:12]}..., the published one {expected[:12]}.... "
            "It is used as it is, and results need not compare with those of others.",
            stacklevel=6,
        )


def read_idx(path: Path) -> np.ndarray:
    """The array of one idx file of unsigned bytes, packed with gzip or plain.

    Raises:
        DamagedFileError: If header and content disagree, or the gzip check sum fails.
    """
    from gausscape.datasets.file_state import whole_bytes

    stored = whole_bytes(path)
    head = unpack(stored, path, 20)
    axes = head[3] if len(head) >= 4 and head[:3] == b"\0\0\x08" else 0
    if axes not in (1, 3) or len(head) < 4 + 4 * axes:
        raise DamagedFileError(
            f"{path} should begin as an idx file of bytes (00 00 08 01 or 00 00 08 03), "
            f"but begins {head[:4].hex(' ')}. Fetch the file again."
        )
    shape = tuple(int.from_bytes(head[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes))
    needed = 4 + 4 * axes + int(np.prod(shape, dtype=object))
    if needed > 1 << 30:
        raise DamagedFileError(f"{path} declares {needed:,} bytes, far more than the published file. Fetch it again.")
    content = unpack(stored, path, needed + 1)  # never more than declared, whatever the packed bytes expand to
    if len(content) != needed:
        came = f"only {len(content):,}" if len(content) < needed else "more"
        raise DamagedFileError(f"{path} declares {needed:,} bytes, but holds {came}. Fetch the file again.")
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape).copy()


def unpack(stored: bytes, path: Path, size: int) -> bytes:
    """At most `size` bytes of content."""
    if not stored.startswith(b"\x1f\x8b"):
        return stored[:size]
    import io

    try:
        with gzip.open(io.BytesIO(stored)) as file:
            return file.read(size)  # reading past the end is what checks the CRC
    except (OSError, EOFError, zlib.error) as error:
        raise DamagedFileError(f"{path} should be a whole gzip file, but: {error}. Fetch the file again.") from error


ENTRIES = (
    Entry(
        name="mnist",
        kind="images",
        objects=70_000,
        summary="Handwritten digits, 28x28 grey pixels; labels 0-9; 60,000 train, 10,000 test (11.6 MB).",
        licence="CC BY-SA 3.0",
        source="LeCun, Cortes, Burges: The MNIST database of handwritten digits",
        bundled=False,
        splits=("train", "test"),
        read=functools.partial(read, MNIST),
    ),
    Entry(
        name="fashion-mnist",
        kind="images",
        objects=70_000,
        summary="Pictures of clothes, 28x28 grey pixels; labels 0-9; 60,000 train, 10,000 test (30.9 MB).",
        licence="MIT",
        source="Xiao, Rasul, Vollgraf 2017: Fashion-MNIST (Zalando Research)",
        bundled=False,
        splits=("train", "test"),
        read=functools.partial(read, FASHION_MNIST),
    ),
)
