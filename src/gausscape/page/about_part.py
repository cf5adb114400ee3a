"""What are these data and this model, what can the page not say, and how is it cited? The cards at its end."""

__all__ = ["write_about"]

import importlib.metadata
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from gausscape.items import Items
from gausscape.space.space import Space
from gausscape.stress_testing.saving import space_digest
from gausscape.stress_testing.words import probability_in_words

METHODS = {"vae": "variational autoencoder", "pca": "principal components", "gan": "generative adversarial network"}

MOST_COLUMNS = 60


def write_about(
    spaces: Sequence[tuple[str, Space]], items: Items | None, outcomes: Sequence[str], decoders: Sequence[Any]
) -> list[dict[str, Any]]:
    """Sections of rows and words.

    Args:
        spaces: Names and spaces.
        items: Objects that are shown.
        outcomes: Names of y.
        decoders: Of each space, as the page has it, or None.
    """
    return [
        _data_card(spaces[0][1], items),
        *(_model_card(name, space, decoder) for (name, space), decoder in zip(spaces, decoders, strict=True)),
        _limits(spaces[0][1], outcomes),
        _cite(),
    ]


def _section(title: str, rows: Sequence[tuple[str, str]] = (), words: str = "") -> dict[str, Any]:
    return {"title": title, "rows": [list(row) for row in rows], "words": words}


def _data_card(space: Space, items: Items | None) -> dict[str, Any]:
    record = space.record
    counts = record["counts"]
    rows = [
        ("Name", str(record["name"])),
        ("Kind", space.modality.name),
        ("Objects of the fit", f"{counts['all']:,}, {counts['distinct']:,} of them distinct"),
        (
            "Split",
            f"{counts['fit']:,} fitted, {counts['validation']:,} stopped the fit, {counts['calibration']:,} calibrated, "
            f"{counts['audit']:,} audited",
        ),
    ]
    if items is not None:
        rows.append(("Objects shown", f"{len(items):,} of {items.name}"))
        if items.labels is not None:
            rows.append(("Labels", _labels(items)))
        columns = list(space.modality.columns_of(items.values))
        if columns:
            more = f" and {len(columns) - MOST_COLUMNS} more" if len(columns) > MOST_COLUMNS else ""
            rows.append(("Columns", ", ".join(map(str, columns[:MOST_COLUMNS])) + more))
    digest = record.get("data", {}).get("digest")
    return _section("The data", [*rows, *([("Digest of the data", str(digest))] if digest else [])])


def _labels(items: Items) -> str:
    counted = Counter(np.asarray(items.labels).astype(str).tolist())
    told = [f"{label} ({count:,})" for label, count in counted.most_common(12)]
    return ", ".join(told) + (f" and {len(counted) - 12} more" if len(counted) > 12 else "")


def _model_card(name: str, space: Space, decoder: Any) -> dict[str, Any]:
    record, training = space.record, space.record["training"]
    objective, parameters = record.get("objective"), sum(p.numel() for p in space.codec.networks.parameters())
    rows = [
        (
            "Method",
            METHODS.get(record["method"], record["method"]),
        ),
        ("Latent axes", f"{space.latent}, of which {len(space.live_axes)} carry information"),
        ("Parameters", f"{parameters:,}"),
        ("Likelihood", type(space.codec.networks.likelihood).__name__),
    ]
    if objective:
        rows.append(
            (
                "Objective",
                ", ".join(
                    f"{key.replace('_', ' ')} {value:g}" for key, value in objective.items() if value is not None
                ),
            )
        )
    if "steps" in training:
        early = ", stopped early" if training.get("stopped_early") else ""
        seconds = f", {training['seconds']:.0f} s" if isinstance(training.get("seconds"), int | float) else ""
        rows.append(("Training", f"{training['steps']:,} steps of {training['batch']} objects{early}{seconds}"))
    rows += [
        ("Law of the codes", _law(space.aggregate.law.name, [str(rung) for rung in record["law"]])),
        ("Laws tried", "; ".join(map(str, record["law"]))),
        (
            "Calibration",
            f"{space.of_codes.count:,} held-out objects, certified down to {probability_in_words(space.of_codes.floor)}",
        ),
        (
            "Log-likelihood of unseen objects",
            f"at least {record['held_out_bound']:.2f} nats ({record['held_out_bound_draws']} importance draws) under the likelihood "
            f"{space.codec.networks.likelihood.words}; spaces of other likelihoods do not compare",
        ),
        ("Decoded in the browser", _decoded(decoder)),
        ("Seed", str(record["seed"])),
        ("Digest", space_digest(space)),
    ]
    versions = record.get("versions")
    if versions:
        rows.append(("Made with", ", ".join(f"{package} {version}" for package, version in versions.items())))
    notes = [*space.notes, *training.get("warnings", [])]
    return _section(f"The model: {name}", rows, " ".join(_sentence(str(note)) for note in notes))


def _law(name: str, tried: Sequence[str]) -> str:
    """The law in words, and whether it stands.

    Example:
        >>> _law("mixture", ["gaussian (1): KS p 0.0002, not passed", "mixture (8): KS p 0.1, passed"])
        'a mixture of 8 Gaussians: the simplest law tried that held-out codes do not contradict'
    """
    chosen = next((rung for rung in reversed(tried) if rung.startswith(name)), "")
    parts = re.match(r"[^(]*\((\d+)\)", chosen)
    kinds = {
        "gaussian": "one multivariate Gaussian",
        "mixture": f"a mixture of {parts[1]} Gaussians" if parts else "a mixture of Gaussians",
        "flow": "a Gaussian that is bent by a flow",
    }
    words = kinds.get(name, name)
    if not chosen.endswith("passed"):
        return words
    if chosen.endswith("not passed"):
        return f"{words}: the best of the laws tried, though held-out codes contradict it; probabilities are calibrated apart from it"
    return f"{words}: the simplest law tried that held-out codes do not contradict"


def _sentence(note: str) -> str:
    """A note as a sentence among others."""
    return f"{note[:1].upper()}{note[1:].rstrip('.')}." if note else ""


def _decoded(decoder: Any) -> str:
    if decoder is None:
        return "no: pictures of a grid of places stand in the page, and the nearest is shown"
    agreement = decoder["program"]["agreement"]
    return (
        f"by the decoder itself, its weights rounded; at {agreement['places']:,} places no cell differs by more than "
        f"{agreement['largest']:.1g} of its range"
    )


def _limits(space: Space, outcomes: Sequence[str]) -> dict[str, Any]:
    asked = (
        f" What is said of {', '.join(outcomes)} is what that model answers on decoded objects, not a fact about the world."
        if outcomes
        else ""
    )
    return _section(
        "What this does not say",
        words=(
            "Distances are measured in units of the whole population, by a network: they rank changes, and they are not what an "
            "eye or an expert would measure. Exceedances hold for objects drawn like those that were fitted; other sources need a "
            "calibration of their own. Axes and directions are not causes. Generated objects are guesses of a decoder: UNSUPPORTED "
            f"ones say nothing about real objects.{asked}"
        ),
    )


def _cite() -> dict[str, Any]:
    version = importlib.metadata.version("gausscape")
    return _section(
        "How to cite",
        words=f"gausscape, version {version}, with the name of the data, the seed and the digest of the model above.",
    )
