"""Answers to a page: one self-contained file that opens by double-click and asks no other host for anything."""

__all__ = ["CALLS", "BuiltPage", "build_page", "page_target", "save_page", "write_page"]

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gausscape.errors import ConfigurationError, MissingFileError, StorageError
from gausscape.items import Items
from gausscape.page.asked import Asked
from gausscape.page.collected import collect
from gausscape.page.compose import Wanted, compose_page
from gausscape.page.html import render_page
from gausscape.page.pack import pack
from gausscape.space.durable import write_bytes
from gausscape.space.space import Space

LARGEST = 50_000_000
CALLS = 30_000
ATTEMPTS = 4
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class BuiltPage:
    """A page, not yet written.

    Args:
        html: The whole of it.
        document: What it tells, arrays packed.
        spaces: Those of `document["spaces"]`, in this order.
    """

    html: str
    document: Mapping[str, Any]
    spaces: tuple[Space, ...]

    @property
    def notes(self) -> list[str]:
        """What was left out, and why."""
        return list(self.document["notes"])

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of each part as packed, in the order of the page; "all" is the whole file."""
        told: dict[str, int] = {}
        for space in self.document["spaces"]:
            for part in ("decoder", "planes", "points", "shells", "gate"):
                told[f"{space['name']}: {part}"] = len(pack(space[part]))
        told |= {name: len(pack(self.document[name])) for name in ("changes", "patches", "ledgers", "stress", "about")}
        return told | {"all": len(self.html.encode())}


def write_page(
    answers: Any,
    out: str | Path,
    *,
    data: Any = None,
    outcomes: Any = (),
    title: str | None = None,
    calls: int = CALLS,
    date: str | None = None,
    seed: int = 0,
) -> Path:
    """Write answers as an interactive page: one file, which opens without a server and asks no other host for anything.

    Args:
        answers: A Space, or a list of Space, Change, Changes, PatchExplanation, Explanation, Ledger, Claim, Confirmation,
            StressTest, Overlay and Audit, at least one of which is a space or carries one. The views begin with the first space.
        out: A folder, which gets an index.html, or a path that ends in .html. A page that stands there is replaced, by a
            whole one.
        data: Real objects to show, ideally such as the fit has not seen: in native form or Items. At most 70,000 are shown, and
            about 600 of them with pictures. None: the codes of fitted objects stand in, without pictures.
        outcomes: y, one Outcome or several (anything that `Outcome.of` takes): painted over the planes, and told of each object.
        title: Of the page; None for one from the name of the data.
        calls: The most objects that each y is asked about.
        date: "2026-11-23", for a page of the same bytes on any day; None for today.
        seed: Of all draws.

    Returns:
        The path of the page.

    Raises:
        ConfigurationError: If there is no space among the answers, or something is no answer.
        DataError: If the data are not of the kind of the space.
        StorageError: If it could not be written; what was there before is untouched.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(120, 4, 4)).astype("float32")
        >>> space = fit(spots, latent=2, method="pca")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = write_page(space, folder, data=spots[:20], date="2026-01-01")
        ...     page.name, "default-src 'none'" in page.read_text()
        ('index.html', True)
    """
    target = page_target(Path(out))
    built = build_page(answers, data=data, outcomes=outcomes, calls=calls, wanted=Wanted(title, date, seed=seed))
    save_page(built, target)
    return target


def build_page(
    answers: Any, *, data: Any = None, outcomes: Any = (), calls: int = CALLS, wanted: Wanted | None = None
) -> BuiltPage:
    """The page without writing it; see `write_page`.

    Args:
        answers, data, outcomes, calls: As there.
        wanted: Title, date, command and address of a live model.

    Raises:
        ConfigurationError, DataError: As there.
    """
    wanted = wanted or Wanted()
    if wanted.date is not None and not DATE.fullmatch(wanted.date):
        raise ConfigurationError(
            f"A page needs a date like 2026-11-23, but got {wanted.date!r}. Pass one, or none for today."
        )
    found, items = collect(answers), None if data is None else Items.of(data)
    asked = Asked.of(outcomes, calls=calls)
    document = compose_page(found, items=items, asked=asked, wanted=wanted)
    rendered = render_page(document, connect=wanted.live)
    for _ in range(ATTEMPTS):
        points = max(space["points"]["n"] for space in document["spaces"])
        if len(rendered) <= LARGEST or items is None or points < 100:
            break
        found.notes.append(
            f"With {points:,} objects this page would take {len(rendered) / 1e6:.0f} MB; fewer are shown to stay below "
            f"{LARGEST / 1e6:.0f} MB."
        )
        fewer = replace(wanted, points=int(0.8 * points * LARGEST / len(rendered)))
        document = compose_page(found, items=items, asked=asked, wanted=fewer)
        rendered = render_page(document, connect=wanted.live)
    return BuiltPage(rendered, document, tuple(found.spaces.values()))


def save_page(built: BuiltPage, target: Path) -> None:
    """Put the page in its place, whole or not at all."""
    write_bytes(target, built.html.encode())


def page_target(out: Path) -> Path:
    """Where the file goes; its folder is made if it is not there."""
    folder = out.parent if out.suffix.lower() == ".html" else out
    target = out if out.suffix.lower() == ".html" else out / "index.html"
    if folder != out and not folder.is_dir():
        raise MissingFileError(
            f"A page needs an existing folder to be written to, but {folder} is none. Make it first."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"A page needs a folder to be written to, but {folder}: {error.strerror}. Choose another."
        ) from error
    return target
