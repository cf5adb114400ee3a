"""A watch as a document and arrays, and back: everything that the next window depends on."""

__all__ = ["state_of", "watch_from_state"]

from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DamagedFileError
from gausscape.watching.conformal import Pool, VectorPool
from gausscape.watching.episodes import Episodes
from gausscape.watching.feature_pool import FeaturePool
from gausscape.watching.history import COLUMNS, WatchHistory
from gausscape.watching.identity import differences
from gausscape.watching.learning import Learning
from gausscape.watching.reference import Reference
from gausscape.watching.usual_features import UsualFeatures
from gausscape.watching.usual_windows import UsualWindows, Waiting
from gausscape.watching.watch import Watch

SCHEMA = 1
LEARNING = ("table", "means", "sizes", "phases")
FEATURES = ("mean", "spread", "of_windows", "squares")


def state_of(watch: Watch) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """(JSON-able document, finite arrays by name)."""
    features, learning, reference, windows = watch.usual_features, watch.learning, watch.reference, watch.windows
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "identity": watch.identity,
        "counts": watch.counts,
        "last": watch.last,
        "cursor": watch.cursor,
        "memory": watch.memory.level,
        "episodes": watch.episodes.document(),
        "starts": watch.history.starts,
        "features": {"names": list(features.names), "count": features.count},
        "feature_pools": [pool.joined for pool in watch.feature_pools],
    }
    arrays = _packed("history", watch.history.table)
    for name in FEATURES:
        arrays |= _packed(f"features/{name}", getattr(features, name))
    for phase, pool in enumerate(watch.feature_pools):
        arrays |= _packed(f"feature_pool/{phase}", pool.table) | {f"feature_pool/{phase}/sizes": pool.sizes}
    if learning is not None:
        document["learning"] = {"season": learning.season, "seen": learning.seen, "windows": learning.windows}
        arrays |= {f"learning/{name}": getattr(learning, name) for name in LEARNING}
    if reference is not None:
        document["reference"] = {"halve": reference.halve}
        arrays["reference"] = reference.table
    if windows is not None:
        document["windows"] = {
            "evidence": windows.evidence,
            "doubtless": windows.doubtless,
            "since": windows.since,
            "scores": [pool.joined for pool in windows.scores],
            "vectors": [{"joined": pool.joined, "stays": pool.stays, "waits": pool.waits} for pool in windows.vectors],
        }
        arrays |= {f"scores/{phase}": pool.scores for phase, pool in enumerate(windows.scores)}
        for phase, pool in enumerate(windows.vectors):
            arrays |= {f"drawn/{phase}": pool.drawn, f"own/{phase}": pool.own}
        if windows.queue:
            arrays |= _packed("queue/vector", np.array([each.vector for each in windows.queue]))
            arrays |= _packed("queue/features", np.array([each.features for each in windows.queue]))
            numbers = [[each.phase, each.score, each.size, each.suspect] for each in windows.queue]
            arrays |= _packed("queue/numbers", np.array(numbers, dtype=np.float64))
    return document, arrays


def watch_from_state(fresh: Watch, document: Any, arrays: dict[str, np.ndarray]) -> Watch:
    """The watch with that state.

    Args:
        fresh: A watch of the same space, rule and settings before its first window; it becomes the other.
        document, arrays: What `state_of` returned.

    Raises:
        ConfigurationError: If the state is of another space, rule or settings; the differences are listed.
        DamagedFileError: If it is incomplete, or from a newer version.
    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else None
        raise DamagedFileError(
            f"The state of a watch needs schema {SCHEMA}, but has {found!r}. Upgrade gausscape, or begin anew."
        )
    different = differences(document.get("identity"), fresh.identity, "watch")
    if different:
        raise ConfigurationError(
            f"A watch goes on with the space, the rule and the settings that it began with, but {'; '.join(different[:5])}. "
            "Give the same again, or another folder for a new watch."
        )
    try:
        return _filled(fresh, document, arrays)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise DamagedFileError(
            f"The state of a watch needs all its entries, but {error!r} came up. Begin anew in another folder."
        ) from error


def _filled(watch: Watch, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> Watch:
    watch.counts = {name: int(document["counts"][name]) for name in watch.counts}
    watch.last, watch.cursor = document["last"], document["cursor"]
    watch.memory.level = float(document["memory"])
    watch.episodes = Episodes.from_document(document["episodes"])
    table = _unpacked("history", arrays).reshape(-1, len(COLUMNS))
    watch.history = WatchHistory(watch.settings.false_alarms, table, list(document["starts"]))
    known = document["features"]
    watch.usual_features = UsualFeatures(
        tuple(known["names"]),
        count=int(known["count"]),
        **{name: _unpacked(f"features/{name}", arrays) for name in FEATURES},
    )
    watch.feature_pools = [
        FeaturePool(_unpacked(f"feature_pool/{phase}", arrays), arrays[f"feature_pool/{phase}/sizes"], joined=joined)
        for phase, joined in enumerate(document["feature_pools"])
    ]
    watch.learning = watch.reference = watch.windows = None
    if "learning" in document:
        known = document["learning"]
        watch.learning = Learning(
            int(known["season"]),
            seen=int(known["seen"]),
            windows=int(known["windows"]),
            **{name: arrays[f"learning/{name}"] for name in LEARNING},
        )
    if "reference" in document:
        watch.reference = Reference(
            arrays["reference"], seed=watch.settings.seed, halve=bool(document["reference"]["halve"])
        )
    if "windows" in document:
        watch.windows = _usual_windows(document["windows"], arrays)
    return watch


def _usual_windows(document: dict[str, Any], arrays: dict[str, np.ndarray]) -> UsualWindows:
    windows = UsualWindows(
        [Pool(arrays[f"scores/{phase}"], joined=joined) for phase, joined in enumerate(document["scores"])],
        [
            VectorPool(arrays[f"drawn/{phase}"], own=arrays[f"own/{phase}"], **each)
            for phase, each in enumerate(document["vectors"])
        ],
    )
    windows.evidence, windows.doubtless = float(document["evidence"]), bool(document["doubtless"])
    windows.since = int(document["since"])
    if "queue/vector" in arrays:
        vectors, features = _unpacked("queue/vector", arrays), _unpacked("queue/features", arrays)
        windows.queue = [
            Waiting(int(phase), vector, float(score), means, int(size), bool(suspect))
            for vector, means, (phase, score, size, suspect) in zip(
                vectors, features, _unpacked("queue/numbers", arrays), strict=True
            )
        ]
    return windows


def _packed(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    # Files hold finite numbers only; what is missing is marked beside them.
    known = np.isfinite(values)
    return {name: np.where(known, values, 0.0), f"{name}/known": known}


def _unpacked(name: str, arrays: dict[str, np.ndarray]) -> np.ndarray:
    return np.where(arrays[f"{name}/known"], arrays[name], np.nan)
