"""The folder of a space: what is kept, and how it becomes a space again.

`space.json` (schema, kind of data, networks, record), `weights.safetensors`, `space.safetensors` (law, calibration,
gates, round-trip errors, fitted codes), `ids.json`, `MODEL_CARD.md`, and `manifest.json` with a SHA-256 of each, checked on
every load.
No pickle: nothing in the folder is ever run.
"""

__all__ = ["load_space", "save_space"]

import copy
import importlib.metadata
import platform
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gausscape.errors import CalibrationError, ConfigurationError, DamagedFileError
from gausscape.likelihoods import LearnedGaussian
from gausscape.modality import Autoencoder, Modality, find_modality
from gausscape.networks import LinearEncoder
from gausscape.printable import printable
from gausscape.space.aggregate import Aggregate
from gausscape.space.calibration import Calibration
from gausscape.space.codec import Codec
from gausscape.space.folder import check_tensors, read_folder, write_folder
from gausscape.space.inverting import inverting_networks
from gausscape.space.ladder import law_from_state
from gausscape.space.round_trip import RoundTrip
from gausscape.space.space import Space
from gausscape.space.support import Gate

SCHEMA = 3
"""2: with round-trip errors; 3: with the spread of the held-out posteriors too. A folder of an older schema loads without
what it lacks, as its other numbers do not depend on it, and is saved as what it is."""


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that the numbers depend on."""
    names = ("gausscape", "numpy", "scipy", "scikit-learn", "torch", "safetensors")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}


def linear_networks(latent: int, *, cells: int) -> Autoencoder:
    """Encoder and decoder of probabilistic PCA with `cells` cells."""
    with torch.random.fork_rng(devices=[]):  # torch's layers draw their first weights from the caller's stream
        decoder = torch.nn.Linear(latent, cells)
    likelihood = LearnedGaussian(cells, floor=1e-6)
    return Autoencoder(LinearEncoder(cells, latent), decoder, likelihood, latent=latent, document={"cells": cells})


def save_space(space: Space, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Write a space.

    Args:
        space: What to keep.
        folder: Where; its parent must exist.
        overwrite: Replace a space that stands there.

    Returns:
        The folder's path.

    Raises:
        StorageError: If it cannot be written; what was there before is untouched.
    """
    folder = Path(folder)
    law, law_arrays = space.aggregate.law.state()
    arrays = {f"law/{name}": array for name, array in law_arrays.items()}
    calibrations = {}
    for name, calibration in (("objects", space.of_objects), ("codes", space.of_codes)):
        document, own = calibration.state()
        calibrations[name] = document
        arrays |= {f"calibration/{name}/{key}": array for key, array in own.items()}
    for name, gate in space.gates.items():
        arrays[f"gate/{name}"] = gate.reference
    arrays |= {"codes": space.aggregate.codes, "tails": space.aggregate.tails}
    arrays |= {"held_out": space.aggregate.held_out, "live": np.asarray(space.live_axes, np.int64)}
    schema = _schema(space)
    if schema > 1:
        arrays |= {"round_trip/errors": space.round_trip.errors, "round_trip/repeats": space.round_trip.repeats}
    if schema > 2 and space.aggregate.held_out_std is not None:
        arrays["held_out_std"] = space.aggregate.held_out_std
    networks = space.codec.networks
    document = {
        "schema": schema,
        "versions": versions(),
        "modality": {"name": space.modality.name, "document": space.modality.document()},
        "networks": {
            "method": space.record["method"],
            "latent": networks.latent,
            "decoders": 1 + len(networks.others),
            "document": networks.document,
        },
        "law": law,
        "calibration": calibrations,
        "gates": {name: {"two_sided": gate.two_sided} for name, gate in space.gates.items()},
        "record": space.record,
    }
    write_folder(
        folder,
        documents={"space.json": document, "ids.json": space.aggregate.ids.tolist()},
        arrays={
            "weights.safetensors": {name: tensor.numpy() for name, tensor in networks.state_dict().items()},
            "space.safetensors": arrays,
        },
        texts={"MODEL_CARD.md": model_card(space)},
        overwrite=overwrite,
    )
    return folder


def _schema(space: Space) -> int:
    """The newest schema of which the space has everything."""
    try:
        _ = space.round_trip
    except CalibrationError:
        return 1
    return 2 if space.aggregate.held_out_std is None else SCHEMA


def load_space(folder: str | Path, *, networks: Any = None) -> Space:
    """Read a space after checking every byte of it.

    Args:
        folder: A folder that `save_space` wrote.
        networks: For a space that was fitted with own modules: the same pair (encoder, decoder) again.

    Raises:
        MissingFileError: If there is no such folder.
        DamagedFileError: If it was altered, is incomplete or comes from a newer version.
        ConfigurationError: If it needs own modules and none came.
    """
    content = read_folder(folder)
    document = content.documents.get("space.json")
    if not isinstance(document, dict) or "schema" not in document or "space.safetensors" not in content.arrays:
        raise DamagedFileError(f"A space needs space.json and space.safetensors, but {folder} has none. Is it another kind of folder?")
    if document["schema"] > SCHEMA:
        raise DamagedFileError(
            f"{folder} has schema {document['schema']}, but this program reads up to {SCHEMA}. Upgrade gausscape."
        )
    try:
        return _assemble(document, content.documents["ids.json"], content.arrays, networks)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise DamagedFileError(
            f"{folder} needs the entries of a space, but {error!r} came up. It was not written by this version: save it anew."
        ) from error


def _assemble(document: dict, ids: list[str], files: dict[str, dict[str, np.ndarray]], own: Any) -> Space:
    arrays, weights = files["space.safetensors"], files["weights.safetensors"]
    modality = find_modality(document["modality"]["name"]).from_document(document["modality"]["document"])
    networks = _networks(modality, document["networks"], own)
    for _ in range(1, document["networks"]["decoders"]):
        networks.others.append(copy.deepcopy(networks.decoder))
    expected = {name: (tuple(tensor.shape), tensor.numpy().dtype) for name, tensor in networks.state_dict().items()}
    check_tensors(expected, weights)
    networks.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})

    def part(prefix: str) -> dict[str, np.ndarray]:
        return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}

    aggregate = Aggregate(
        law=law_from_state(document["law"], part("law/")),
        live=arrays["live"],
        latent=networks.latent,
        codes=arrays["codes"],
        ids=np.array(ids, dtype=str),
        tails=arrays["tails"],
        held_out=arrays["held_out"],
        held_out_std=arrays["held_out_std"] if document["schema"] > 2 else None,
    )
    calibrations = {
        name: Calibration.from_state(state, part(f"calibration/{name}/")) for name, state in document["calibration"].items()
    }
    return Space(
        Codec(modality, networks),
        aggregate,
        of_objects=calibrations["objects"],
        of_codes=calibrations["codes"],
        gates={name: Gate(name, arrays[f"gate/{name}"], **options) for name, options in document["gates"].items()},
        round_trip=RoundTrip(**part("round_trip/")) if document["schema"] > 1 else None,
        record=document["record"],
    )


def _networks(modality: Modality, document: dict, own: Any) -> Autoencoder:
    if document["method"] == "pca":
        return linear_networks(document["latent"], **document["document"])
    settings = dict(document["document"])
    architecture = settings.get("architecture")
    if isinstance(architecture, dict) and "own" in architecture:
        if own is None:
            raise ConfigurationError(
                f"This space was fitted with own modules{_told(architecture['own'])}, which no file can hold. "
                "Pass them again: load(folder, networks=(encoder, decoder))."
            )
        settings["architecture"] = own
    inversion = settings.pop("inversion", None)
    with torch.random.fork_rng(devices=[]):
        networks = modality.networks(document["latent"], **settings)
        return networks if inversion is None else inverting_networks(networks, **inversion)


def _told(own: Any) -> str:
    # Folders of an older version say of tables only that the modules were the user's.
    return f" ({', '.join(map(str, own))})" if isinstance(own, list) else ""


def model_card(space: Space) -> str:
    """A short page in Markdown on what the space is, how far it can be trusted, and what it is not for."""
    record, counts = space.record, space.record["counts"]
    audit = "\n".join(
        f"| {row.claimed:.1%} | {row.actual:.3%} | {row.count}/{row.objects} | {row.least} to {row.most} | "
        f"{'yes' if row.holds else '**no**'} |"
        for row in space.audit.rows
    )
    notes = "\n".join(f"- {_in_markdown(note)}" for note in space.notes)
    bound = record.get("held_out_bound")
    objective = record.get("objective", {})
    weight = f" and KL weight {objective['kl_weight']:g}" if record["method"] == "vae" and objective.get("kl_weight") else ""
    return f"""# Model card: {_in_markdown(record["name"])}

A multivariate-Gaussian space of {counts["all"]:,} {space.modality.name} ({counts["distinct"]:,} distinct), fitted by
`{record["method"]}` with seed {record["seed"]}{weight}: {space.latent} latent axes, {len(space.live_axes)} of them live,
{space.aggregate.law.name} law of the codes.

- Fitted on {counts["fit"]:,} objects, stopped by {counts["validation"]:,}, calibrated on {counts["calibration"]:,},
  audited on {counts["audit"]:,}; no two groups share an object.
- Bound on the log-likelihood of unseen objects: {"not taken" if bound is None else f"{bound:.2f} nats"}, under the likelihood
  {space.codec.networks.likelihood.words}; it compares only with that of spaces of the same data and the same likelihood.
{notes}

## Claimed against actual exceedance, on the audit objects

| claimed | actual | objects | a right claim gives | holds |
|---|---|---|---|---|
{audit}

No exceedance below {record["floor"]:.2g} is stated: the calibration objects cannot certify it.

## Limits

- Probabilities speak of objects drawn like those that were fitted; after a drift they must be calibrated anew.
- Objects labelled EXTRAPOLATED lie beyond every calibration object; for UNSUPPORTED ones no outcome should be quoted.
- A single latent axis has no meaning of its own.
- Ids and codes of up to 10,000 fitted objects are kept in this folder; the objects themselves are not.
"""


def _in_markdown(text: str) -> str:
    """Words that came with data, in one line, without markup: a file's name must not become a script or a link."""
    return re.sub(r"([\\`<>\[\]|])", r"\\\1", " ".join(printable(str(text)).split()))
