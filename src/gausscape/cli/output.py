"""What the commands print and write."""

__all__ = ["describe", "print_json", "print_next", "refuse_existing", "require_suffix", "summary"]

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gausscape.errors import ConfigurationError, MissingFileError, StorageError

if TYPE_CHECKING:
    from gausscape.space.space import Space


def print_json(answer: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(answer, indent=2, default=_plain, allow_nan=False))


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def print_next(*commands: str) -> None:
    """Print what to try next."""
    print("Next:")
    for command in commands:
        print(f"  {command}")


def require_suffix(path: Path, allowed: tuple[str, ...]) -> None:
    """Refuse a file name before any work is done.

    Raises:
        ConfigurationError: If the suffix is not one of those.
        MissingFileError: If the folder does not exist.
    """
    if path.suffix.lower() not in allowed:
        raise ConfigurationError(f"--out needs a name that ends in {', '.join(allowed)}, but got {path}. Change the ending.")
    if not path.parent.is_dir():
        raise MissingFileError(f"--out needs an existing folder, but {path.parent} is none. Make it first.")


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Refuse a folder that is taken, before any work is done.

    Raises:
        StorageError: If something is there and may not be replaced.
        MissingFileError: If the parent does not exist.
    """
    if not path.absolute().parent.is_dir():
        raise MissingFileError(f"--out needs an existing parent folder, but {path.absolute().parent} is none. Make it first.")
    if (path.exists() or path.is_symlink()) and not overwrite:
        raise StorageError(f"--out needs a free name, but {path} exists. Choose another, or pass --overwrite to replace a space.")


def describe(space: "Space", folder: Path) -> dict[str, Any]:
    """A space as one JSON document."""
    record = space.record
    return {
        "space": str(folder),
        "name": record["name"],
        "modality": space.modality.name,
        "method": record["method"],
        "latent": space.latent,
        "live_axes": space.live_axes.tolist(),
        "nats_by_axis": record["axes"]["nats"],
        "held_out_bound": record["held_out_bound"],
        "held_out_bound_draws": record["held_out_bound_draws"],
        "held_out_bound_likelihood": space.codec.networks.likelihood.words,
        "law": space.aggregate.law.name,
        "law_ladder": record["law"],
        "counts": record["counts"],
        "audit": record["audit"],
        "audit_of_codes": record["audit_of_codes"],
        "floor": record["floor"],
        "seed": record["seed"],
        "training": {key: value for key, value in record["training"].items() if key != "history"},
        "notes": list(space.notes),
    }


def summary(space: "Space") -> str:
    """A space in a few lines."""
    record = space.record
    counts, training = record["counts"], record["training"]
    lines = [repr(space)]
    lines += [f"  {note}" for note in space.notes]
    lines.append(
        f"  {counts['fit']:,} objects fitted, {counts['validation']:,} stopped the fit, {counts['calibration']:,} calibrated, "
        f"{counts['audit']:,} audited ({counts['distinct']:,} of {counts['all']:,} distinct)"
    )
    if "streamed" in record:
        told = record["streamed"]
        lines.append(
            f"  {counts['all']:,} objects streamed in {told['chunks']:,} chunk{'s'[: told['chunks'] != 1]}; the law is taken from "
            f"{told['law_from']:,} of those fitted, drawn uniformly"
        )
    if "steps" in training:
        early = ", stopped early" if training["stopped_early"] else ""
        lines.append(f"  {training['steps']:,} steps of {training['batch']}{early}; weights of step {training['best_step']:,} kept")
    lines.append(
        f"  log-likelihood of unseen objects >= {record['held_out_bound']:.2f} nats (importance-weighted, "
        f"{record['held_out_bound_draws']} draws)"
    )
    lines.append(
        f"    {space.codec.networks.likelihood.words} likelihood: it compares only with that of spaces of the same data and the "
        "same likelihood"
    )
    lines += [f"  law: {rung}" for rung in record["law"]]
    lines += [f"  warning: {warning}" for warning in training["warnings"]]
    lines.append("\nClaimed against actual exceedance, on objects that neither fit nor calibration saw:")
    lines += [f"  {line}" for line in str(space.audit).splitlines()]
    return "\n".join(lines)
