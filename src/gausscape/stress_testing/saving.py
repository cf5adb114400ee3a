"""The folder of a stress test: what is kept, and how it becomes a stress test again.

`stress.json` (settings, levels, responses, findings, probability, worst cases), `stress.safetensors` (codes and noise, from which
the same space makes the same objects), `scenarios.parquet` (a row a scenario), and `manifest.json` with a SHA-256 of each.
"""

__all__ = ["load_stress_test", "save_stress_test", "space_digest"]

import hashlib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DamagedFileError
from gausscape.outcome.answers import Failure
from gausscape.space.calibration import Exceedance
from gausscape.space.folder import read_folder, write_folder
from gausscape.space.parquet import parquet_bytes, parse_parquet
from gausscape.space.safe_json import finite
from gausscape.space.space import Space
from gausscape.stress_testing.answer import StressTest
from gausscape.stress_testing.failures.finding import FeatureBound, Finding
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.nearby.worst_case import WorstCase
from gausscape.stress_testing.probability.failure_probability import Estimate, FailureProbability, Mode
from gausscape.stress_testing.response import Response
from gausscape.stress_testing.scenarios import NO_ROW, Scenarios

SCHEMA = 1
KIND = "stress test"


def space_digest(space: Space) -> str:
    """What tells whether two spaces make the same objects: SHA-256 over the networks and the law."""
    digest = hashlib.sha256()
    for name, tensor in sorted(space.codec.networks.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    for name, array in sorted(space.aggregate.law.state()[1].items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def save_stress_test(test: StressTest, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Write a stress test, durably and all at once.

    Args:
        test: What to keep.
        folder: Where; its parent must exist.
        overwrite: Replace a gausscape folder that stands there.

    Raises:
        StorageError: If it cannot be written; what was there before is untouched.
    """
    folder = Path(folder)
    scenarios = test.scenarios
    arrays = {"z": scenarios.z, "noise": scenarios.noise}
    for k, response in enumerate(test.responses):
        if response.item_z is not None and response.item_noise is not None:
            arrays |= {f"response/{k}/z": response.item_z, f"response/{k}/noise": response.item_noise}
    codec = test.space.codec
    for k, case in enumerate(test.worst):
        for name, item in (("start", case.start), ("item", case.item)):
            arrays[f"worst/{k}/{name}"] = codec.observed(codec.tensors(item))[0].numpy()
    document = finite(test.document()) | {
        "kind": KIND,
        "schema": SCHEMA,
        "space": {"name": test.space.record["name"], "digest": space_digest(test.space)},
        "confidence": scenarios.exceedance.confidence,
        "floor": scenarios.exceedance.floor,
        "failures": [{"row": lost.row, "kind": lost.kind, "message": lost.message} for lost in scenarios.failures],
        "random_y": [finite(case.random_y) for case in test.worst],
    }
    write_folder(
        folder,
        documents={"stress.json": document},
        arrays={
            "stress.safetensors": {name: np.ascontiguousarray(array) for name, array in arrays.items() if array.size}
        },
        tables={"scenarios.parquet": parquet_bytes(scenarios.columns())},
        texts={"stress.txt": str(test) + "\n"},
        overwrite=overwrite,
    )
    return folder


def load_stress_test(folder: str | Path, space: Space) -> StressTest:
    """Read a stress test after checking every byte of it; its objects are made anew by the space that made them.

    Args:
        folder: A folder that `StressTest.save` wrote.
        space: The space of the test.

    Raises:
        MissingFileError: If there is no such folder.
        DamagedFileError: If it was altered, is incomplete or comes from a newer version.
        ConfigurationError: If another space made its scenarios.
    """
    content = read_folder(folder)
    document = content.documents.get("stress.json")
    if not isinstance(document, dict) or document.get("kind") != KIND or "scenarios.parquet" not in content.tables:
        raise DamagedFileError(
            f"A stress test needs stress.json and scenarios.parquet, but {folder} has none. Is it another kind of folder?"
        )
    if document["schema"] > SCHEMA:
        raise DamagedFileError(
            f"{folder} has schema {document['schema']}, but this program reads up to {SCHEMA}. Upgrade gausscape."
        )
    if document["space"]["digest"] != space_digest(space):
        raise ConfigurationError(
            f"The stress test in {folder} needs the space that made its scenarios ({document['space']['name']!r}), but another one "
            "came. Pass that space, or run the test anew."
        )
    columns = parse_parquet("scenarios.parquet", content.tables["scenarios.parquet"])
    try:
        return _assemble(document, columns, content.arrays.get("stress.safetensors", {}), space)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise DamagedFileError(
            f"{folder} needs the entries of a stress test, but {error!r} came up. It was not written by this version: run it anew."
        ) from error


def _assemble(
    document: dict[str, Any], columns: dict[str, np.ndarray], arrays: dict[str, np.ndarray], space: Space
) -> StressTest:
    settings = document["settings"]
    maker = Maker(space, settings.get("rendering"))
    n = len(columns["id"])

    def array(name: str, width: int, rows: int = n) -> np.ndarray:
        return arrays.get(name, np.zeros((rows, width)))

    z, noise = array("z", space.latent), array("noise", maker.noise_size)
    failures = tuple(Failure(**each) for each in document["failures"])
    told = {name: columns["id" if name == "ids" else name] for name in _KEPT}
    exceedance = Exceedance(
        columns["exceedance"],
        columns["lower"],
        columns["upper"],
        confidence=document["confidence"],
        floor=document["floor"],
    )
    scenarios = Scenarios(
        **told,
        z=z,
        noise=noise,
        items=maker.items(z, noise),
        exceedance=exceedance,
        nearest_row=np.full(n, NO_ROW),
        failures=failures,
    )
    responses = []
    for k, row in enumerate(document["responses"]):
        depths = len(row["depths"])
        along = array(f"response/{k}/z", space.latent, depths), array(f"response/{k}/noise", maker.noise_size, depths)
        parts = {name: np.array(_numbers(row[name])) for name in row if name not in ("tail", "last_observed")}
        responses.append(
            Response(
                tail=row["tail"],
                last_observed=row["last_observed"],
                items=maker.items(*along),
                item_z=along[0],
                item_noise=along[1],
                **parts,
            )
        )
    worst = []
    for k, row in enumerate(document["worst"]):
        row = _numbered(row, WorstCase)
        objects = {name: space.modality.to_items(_cells(arrays[f"worst/{k}/{name}"])) for name in ("start", "item")}
        own = {
            "z": np.array(row.pop("z")),
            "noise": np.array(row.pop("noise")),
            "features": tuple((str(name), float(value)) for name, value in row.pop("features")),
            "random_y": np.array(_numbers(document["random_y"][k]), dtype=float),
        }
        row.pop("change")
        worst.append(WorstCase(**row, **own, **objects))
    return StressTest(
        space=space,
        outcome=document["outcome"],
        rule=document["rule"],
        referee=document["referee"],
        settings=settings,
        levels=tuple(
            replace(row, y=tuple(_numbers(row.y)))
            for row in (LevelRow(**_numbered(r, LevelRow)) for r in document["levels"])
        ),
        scenarios=scenarios,
        neighbours=None,
        responses=tuple(responses),
        findings=tuple(_finding(row) for row in document["findings"]),
        failure_probability=_probability(document["failure_probability"], maker),
        worst=tuple(worst),
        centre_y=_number(document["centre_y"]),
        notes=tuple(document["notes"]),
        calls=document["calls"],
    )


_KEPT = (
    "ids", "tail", "asked", "depth", "support", "gates", "gate", "nearest", "y", "from_nearest", "from_centre", "answer", "fails",
    "margin", "kind", "judged",
)  # fmt: skip


def _cells(array: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(array)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _numbers(values: Any) -> Any:
    if isinstance(values, list | tuple):
        return [_numbers(value) for value in values]
    return float("nan") if values is None else values


def _numbered(row: dict[str, Any], kind: type) -> dict[str, Any]:
    """None stands for a number that is not finite where the field is one."""
    floats = {field.name for field in fields(kind) if field.type in (float, "float")}
    return {name: _number(value) if name in floats else value for name, value in row.items()}


def _finding(row: dict[str, Any]) -> Finding:
    infinite = {"low": float("-inf"), "high": float("inf")}
    conditions = tuple(
        FeatureBound(each["feature"], *(infinite[end] if each[end] is None else each[end] for end in ("low", "high")))
        for each in row["conditions"]
    )
    return Finding(**(_numbered(row, Finding) | {"conditions": conditions, "examples": tuple(row["examples"])}))


def _probability(row: dict[str, Any] | None, maker: Maker) -> FailureProbability | None:
    if row is None:
        return None

    def estimate(part: dict[str, Any] | None) -> Any:
        return None if part is None else Estimate(**_numbered(part, Estimate))

    modes = []
    for mode in row["modes"]:
        own = {name: np.array(mode[name], dtype=float) for name in ("u", "z", "noise")}
        item = maker.items(own["z"][None], own["noise"][None])
        plain: dict[str, Any] = _numbered(mode, Mode) | own
        modes.append(Mode(**plain, item=item))
    told = _numbered(row, FailureProbability) | {
        "modes": tuple(modes),
        "observed": None if row["observed"] is None else tuple(row["observed"]),
        "notes": tuple(row["notes"]),
    }
    return FailureProbability(
        **told | {name: estimate(row[name]) for name in ("estimate", "subset", "refined", "plain")}
    )
