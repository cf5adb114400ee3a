"""A YAML file whose keys are the parameters of `fit`, merged with what the command line says."""

__all__ = ["fit_arguments"]

import dataclasses
from pathlib import Path
from typing import Any

from gausscape.configuration import Settings, read_settings, where
from gausscape.errors import ConfigurationError

KEYS = ("latent", "method", "modality", "architecture", "objective", "schedule", "seed")


def fit_arguments(config: Path | None, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `fit`: those of the file, overridden by those of the command line that are not None.

    A file that has `encoder` and `decoder` at its top is an architecture as a whole.

    Raises:
        ConfigurationError: If an entry is unknown or wrong; its line is named.
    """
    from gausscape.training.fitting import METHODS
    from gausscape.training.objective import Elbo
    from gausscape.training.schedule import Schedule

    settings = read_settings(config) if config else Settings({}, {})
    if {"encoder", "decoder"} <= set(settings):
        settings = Settings({"architecture": settings}, {})
    for key in settings:
        if key not in KEYS:
            schema = f" A table's schema goes in as modality: {{name: tables, schema: {config}}}."
            raise ConfigurationError(
                f"{config} has the entry {key!r}{where(settings, key)}; known are {', '.join(KEYS)}. Correct it."
                + schema * (key in ("columns", "constraints", "others"))
            )
    arguments = dict(settings)
    # An unknown method is refused by the fit, in its own words.
    method = METHODS.get(str(given.get("method") or arguments.get("method") or "vae"))
    for key, kind in (("objective", method.objective if method else Elbo), ("schedule", Schedule)):
        if key in arguments:
            arguments[key] = _build(kind, key, arguments[key], where(settings, key))
    arguments |= {key: value for key, value in given.items() if value is not None}
    architecture = arguments.get("architecture")
    if "latent" not in arguments and isinstance(architecture, dict):
        encoder = architecture.get("encoder")
        if isinstance(encoder, dict) and isinstance(encoder.get("latent_dim"), int):
            arguments["latent"] = encoder["latent_dim"]
    return arguments


def _build(kind: type, name: str, entries: Any, place: str) -> Any:
    if not isinstance(entries, dict):
        raise ConfigurationError(f"{name}{place} needs entries such as 'name: value', but got {entries!r}.")
    known = [field.name for field in dataclasses.fields(kind)]
    for key in entries:
        if key not in known:
            raise ConfigurationError(f"{name}.{key}{where(entries, key)} is unknown; known are {', '.join(known)}. Correct it.")
    try:
        return kind(**entries)
    except ConfigurationError as error:
        first = next((key for key in entries if f"{name}.{key} " in str(error)), None)
        raise ConfigurationError(f"{error}{where(entries, first).replace(' on', ' It stands on') + '.' if first else ''}") from None
