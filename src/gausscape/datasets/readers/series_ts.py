"""Time series in .ts files of the UCR / UEA archive: a header of @ lines, then one series a line with its class last."""

__all__ = ["MAGIC", "SUFFIXES", "read"]

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gausscape.datasets.file_state import whole_bytes
from gausscape.errors import DataError
from gausscape.items import Items

SUFFIXES = (".ts",)
MAGIC: tuple[bytes, ...] = ()

MISSING = ("?", "nan", "NaN")
FLAGS = {"true": True, "false": False}


@dataclass
class Header:
    """What the @ lines say."""

    labelled: bool = False
    classes: list[str] = field(default_factory=list)
    stamped: bool = False
    dimensions: int | None = None
    target: bool = False


def read(path: Path, *, id_column: str | None = None, resize: tuple[int, int] | None = None) -> Items:
    """A list of arrays (time,), or (time, channels) if there are several dimensions, with the classes as labels.

    A question mark or NaN is a missing value. Series of different lengths are read as they are; time stamps are not.

    Raises:
        DataError: If a line cannot be read; it is named, and so is a byte that is no UTF-8.

    References:
        Loning et al. 2019, sktime (1909.07872): the format of its .ts files.
    """
    lines = text_of(path).splitlines()
    start, header = read_header(lines, str(path))
    series, labels = [], []
    for number, line in enumerate(lines[start:], start=start + 1):
        if line.strip() and not line.lstrip().startswith("#"):
            values, label = read_line(line, header, f"{path}: line {number}")
            if series and values.shape[1] != series[0].shape[1]:
                raise DataError(
                    f"{path}: line {number} has {values.shape[1]} dimensions, but the first series has {series[0].shape[1]}. "
                    "Mend the line."
                )
            series.append(values)
            labels.append(label)
    if not series:
        raise DataError(f"{path} should hold at least 1 series after @data, but has none. Check how it was made.")
    values = [each[:, 0] for each in series] if series[0].shape[1] == 1 else series
    told = None if not (header.labelled or header.target) else np.array(labels, dtype=float if header.target else str)
    return Items(values, np.arange(len(values)).astype(str), told, name=path.name, modality="sequences")


def text_of(path: Path) -> str:
    """The file as text.

    Raises:
        DataError: If a byte is no UTF-8; its offset and line are named.
    """
    content = whole_bytes(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path} should be UTF-8 text, but byte {error.start:,} (line {line}) is {content[error.start]:#04x}. "
            "Save it as UTF-8; series are numbers, and need no other letters than those of their classes."
        ) from error


def read_header(lines: list[str], name: str) -> tuple[int, Header]:
    header = Header()
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        key, _, rest = text.partition(" ")
        words = rest.split()
        match key.lower():
            case "@data":
                return number + 1, header
            case "@classlabel":
                header.labelled, header.classes = flag(words, name, number), words[1:]
            case "@targetlabel":
                header.target = flag(words, name, number)
            case "@timestamps":
                if flag(words, name, number):
                    raise DataError(
                        f"{name}: line {number + 1} says that values have time stamps, but only series at equal steps are read from "
                        ".ts files. Write a table with the columns id, time and value, and read it with time_column."
                    )
            case _ if not key.startswith("@"):
                break
    raise DataError(f"{name} should have a line @data before its series, but has none. Is it another kind of file?")


def flag(words: list[str], name: str, number: int) -> bool:
    word = words[0].lower() if words else ""
    if word not in FLAGS:
        raise DataError(
            f"{name}: line {number + 1} needs true or false, but has {' '.join(words)[:40]!r}. Mend the header."
        )
    return FLAGS[word]


def read_line(line: str, header: Header, where: str) -> tuple[np.ndarray, str]:
    """(values (time, dimensions), the class or "") of one line."""
    parts = line.strip().split(":")
    label = ""
    if header.labelled or header.target:
        label = parts.pop().strip()
        if header.classes and label not in header.classes:
            raise DataError(
                f"{where} ends in the class {label[:40]!r}, but @classLabel names {', '.join(header.classes[:20])}. Mend it."
            )
    dimensions = [
        read_numbers(part, f"{where}, dimension {k}" if len(parts) > 1 else where) for k, part in enumerate(parts)
    ]
    lengths = {len(dimension) for dimension in dimensions}
    if not dimensions or lengths == {0}:
        raise DataError(f"{where} holds no value. Leave the series away.")
    if len(lengths) > 1:
        counts = ", ".join(str(len(dimension)) for dimension in dimensions)
        raise DataError(f"{where} needs dimensions of one length, but has {counts} values. Mend the line.")
    return np.stack(dimensions, -1), label


def read_numbers(part: str, where: str) -> np.ndarray:
    cells = [cell.strip() for cell in part.split(",")] if part.strip() else []
    try:
        return np.array([np.nan if cell in MISSING else float(cell) for cell in cells])
    except ValueError:
        place = next(k for k, cell in enumerate(cells) if cell not in MISSING and not is_number(cell))
        raise DataError(
            f"{where}, value {place + 1} needs a number, but is {cells[place][:40]!r}. Mend it, or write ? there."
        ) from None


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
