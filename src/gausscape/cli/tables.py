"""Scores and samples as files, written durably."""

__all__ = ["write_samples", "write_table"]

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    from gausscape.modality import Modality
    from gausscape.space.space import Samples


def write_table(columns: dict[str, Any], path: Path) -> None:
    """Write columns of equal length as .parquet or .csv."""
    from gausscape.space.column_files import column_bytes
    from gausscape.space.durable import write_bytes

    write_bytes(path, column_bytes(columns, path.suffix.lower()))


def write_samples(samples: "Samples", modality: "Modality", path: Path) -> None:
    """Write generated objects with what may be said of them, as their kind of data is written.

    Raises:
        ConfigurationError: If these objects are not written with that ending.
    """
    from gausscape.space.durable import write_bytes

    ending = path.suffix.lower()
    if ending not in modality.endings:
        raise ConfigurationError(
            f"{modality.name.capitalize()} need a name that ends in {' or '.join(modality.endings)} (or .png for a picture), "
            f"but got {path}. Change the ending."
        )
    told = {
        "exceedance": samples.exceedance.probability,
        "lower": samples.exceedance.lower,
        "upper": samples.exceedance.upper,
        "support": samples.support.astype(str),
        "nearest": samples.nearest.astype(str),
    }
    write_bytes(path, modality.to_file(samples.items, told | {"codes": samples.codes}, ending))
