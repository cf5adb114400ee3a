"""What was given: a space, a source, an id of one of its objects; read, and refused in plain words."""

__all__ = [
    "SAMPLED",
    "Given",
    "Percentile",
    "Picture",
    "Radius",
    "close_names",
    "draw_picture",
    "open_space",
    "pick",
    "refuse_other_kind",
]

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gausscape.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from gausscape.chunks import Chunks
    from gausscape.items import Items
    from gausscape.space.space import Space

SAMPLED = 20_000
"""Objects of a source beyond memory that a command looks at where it needs some in memory, drawn uniformly."""

Picture = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Picture to write: .png or .svg.")]
Radius = Annotated[
    float | None,
    typer.Option(metavar="R", help="Radius in standard deviations of the data's law; unset: about five neighbours."),
]
Percentile = Annotated[
    float | None,
    typer.Option(metavar="P", help="Instead: the radius within which P% of objects have their nearest neighbour."),
]


@dataclass(frozen=True)
class Given:
    """SOURCE and how it is read, as they were typed."""

    source: str
    data_dir: Path | None = None
    split: str | None = None
    id_column: str | None = None
    label_column: str | None = None
    resize: int | None = None
    skip_bad: bool = False
    read: list[str] | None = None

    def like(self, source: str) -> "Given":
        """Another source, read alike."""
        return replace(self, source=source)

    def load(self, space: "Space | None") -> "Items":
        """The objects, of the kind that the space was fitted on, if there is one yet.

        Raises:
            ConfigurationError: If an option does not go with the source.
            DataError: If they are of another kind.
        """
        from gausscape.datasets import catalogue, load

        if is_space(Path(self.source)) and self.source not in catalogue():
            raise DataError(
                f"SOURCE needs to be data, but {self.source} is a fitted space. Give the data; what a space holds is told by: "
                "gausscape info SPACE."
            )
        items = load(
            self.source,
            data_dir=self.data_dir,
            split=self.split,
            id_column=self.id_column,
            label_column=self.label_column,
            resize=self.resize,
            skip_bad=self.skip_bad,
            read=self.reading,
        )
        refuse_other_kind(items, space)
        return items

    def load_or_scan(self) -> "Items | Chunks":
        """The objects; in chunks where they are a folder of Parquet files, or one that would fill an eighth of the memory."""
        chunks = self.scan_if_large()
        return self.load(None) if chunks is None else chunks

    def load_or_sample(self, space: "Space | None", *, seed: int = 0) -> "Items":
        """The objects, or a uniform sample of them where `load_or_scan` gives chunks; standard error says so.

        Raises:
            DataError: If they are of another kind than the space was fitted on.
        """
        chunks = self.scan_if_large()
        if chunks is None:
            return self.load(space)
        refuse_other_kind(chunks, space)
        items = chunks.sample(SAMPLED, seed=seed)
        print(f"What follows is of {items.name}.", file=sys.stderr)
        return items

    def scan_if_large(self) -> "Chunks | None":
        """Chunks where the objects are a folder of Parquet files, or one that would fill an eighth of the memory; else None."""
        from gausscape.datasets.scanning import scan_if_large

        if self.has_more_options:
            return None
        return scan_if_large(self.source, id_column=self.id_column, label_column=self.label_column)

    @property
    def has_more_options(self) -> bool:
        """Whether an option is given that reading in chunks does not know."""
        others = (self.data_dir, self.split, self.resize, self.skip_bad or None, self.read or None)
        return any(other is not None for other in others)

    @property
    def reading(self) -> dict[str, str]:
        """The reading options by name."""
        options: dict[str, str] = {}
        for each in self.read or ():
            name, equals, value = each.partition("=")
            name = name.strip().replace("-", "_")
            if not (name and equals and value.strip()):
                raise ConfigurationError(
                    f"--read needs KEY=VALUE, but {each!r} came. Write for example graph_column=molecule."
                )
            if name in options:
                raise ConfigurationError(
                    f"--read needs each KEY once, but {name!r} came twice. Leave one of them away."
                )
            options[name] = value.strip()
        return options

    @property
    def words(self) -> list[str]:
        """SOURCE and its options, for the next command."""
        return [self.source, *self.options]

    @property
    def options(self) -> list[str]:
        """The options alone, for a next command that takes SOURCE elsewhere."""
        options = {
            "--data-dir": self.data_dir,
            "--split": self.split,
            "--id-column": self.id_column,
            "--label-column": self.label_column,
            "--resize": self.resize,
        }
        words = [str(part) for pair in options.items() if pair[1] is not None for part in pair]
        words += [part for each in self.read or () for part in ("--read", each)]
        return [*words, *(["--skip-bad"] if self.skip_bad else [])]


def open_space(folder: Path) -> "Space":
    from gausscape.space.saving import load_space

    if folder.exists() and not is_space(folder):
        raise DataError(
            f"SPACE needs a folder that 'gausscape fit' wrote, but {folder} is none. Fit one: gausscape fit SOURCE --out SPACE."
        )
    return load_space(folder)


def refuse_other_kind(objects: "Items | Chunks", space: "Space | None") -> None:
    """Refuse objects of another kind than the space was fitted on.

    Raises:
        DataError: If they are.
    """
    if space is not None and objects.modality is not None and objects.modality != space.modality.name:
        raise DataError(
            f"SPACE was fitted on {space.modality.name} and needs such objects, but {objects.name} holds {objects.modality}. "
            "Give a SOURCE of the same kind, or another space."
        )


def is_space(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("manifest.json", "space.json"))


def close_names(name: str, known: Iterable[str]) -> str:
    """What to do about a name that is none of those known."""
    import difflib

    near = difflib.get_close_matches(name, list(known), n=2)
    return f"Did you mean {' or '.join(near)}?" if near else "Choose one of these."


def pick(items: "Items", name: str) -> "Items":
    import difflib

    import numpy as np

    ids = items.ids.astype(str)
    found = np.flatnonzero(ids == name)
    if not len(found):
        near = difflib.get_close_matches(name, ids[:5000].tolist(), n=3) or ids[:3].tolist()
        numbered = len(ids) > 1 and ids[0] == "0" and ids[-1] == str(len(ids) - 1)
        some = f"numbers from 0 to {len(ids) - 1}" if numbered else f"ids like {', '.join(near)}"
        raise DataError(
            f"{items.name} has {len(items):,} objects with {some}, but none is called {name!r}. Choose one of its ids."
        )
    return items.take(found)


def draw_picture(answer: Any, out: Path) -> None:
    from gausscape.figures import plot, save_figure

    save_figure(plot(answer), out)
