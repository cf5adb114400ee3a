"""A SOURCE of any size from the command line: in chunks where its files can be read so, else from memory."""

__all__ = ["Engine", "Workers", "as_chunks", "refuse_folder_of_shards"]

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gausscape.cli.given import Given, refuse_other_kind
from gausscape.errors import ConfigurationError, MissingFileError

if TYPE_CHECKING:
    from gausscape.chunks import Chunks
    from gausscape.space.space import Space

Engine = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who works off the shards: local (this machine) or ray.")
]
Workers = Annotated[int, typer.Option(min=1, metavar="N", help="How many work at a time, each on one thread.")]


def as_chunks(given: Given, space: "Space") -> "Chunks":
    """SOURCE in chunks; only what is not Parquet, or is read with more options, is held in memory.

    Raises:
        DataError: If it is of another kind than the space was fitted on.
    """
    from gausscape.chunks import Chunks
    from gausscape.datasets import catalogue, scan

    if given.source == "-" or given.source in catalogue() or given.has_more_options:
        return Chunks.of(given.load(space))
    chunks = scan(given.source, id_column=given.id_column, label_column=given.label_column)
    refuse_other_kind(chunks, space)
    return chunks


def refuse_folder_of_shards(out: Path, option: str = "--out") -> None:
    """Refuse what is no name for a folder of shards, before any work is done; what stands in it, the run itself looks at.

    Raises:
        ConfigurationError: If it looks like the name of a file.
        MissingFileError: If the parent does not exist.
    """
    if out.suffix and not out.is_dir():
        raise ConfigurationError(
            f"{option} needs a name without an ending for a folder of shards, but got {out}. Change it."
        )
    if not out.absolute().parent.is_dir():
        raise MissingFileError(
            f"{option} needs an existing parent folder, but {out.absolute().parent} is none. Make it first."
        )
