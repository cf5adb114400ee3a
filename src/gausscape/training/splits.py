"""Who fits, who stops the fit, who calibrates and who audits: four groups that share no object, not even a duplicate."""

__all__ = ["Split", "split_objects"]

import hashlib
from dataclasses import dataclass

import numpy as np

from gausscape.errors import DataError
from gausscape.modality import Tensors

FEWEST = 10
CALIBRATION = 0.2, 10_000
AUDIT = 0.1, 5_000
VALIDATION = 0.1, 2_000


@dataclass(frozen=True)
class Split:
    """Row numbers of each group, and how many distinct objects there are.

    Args:
        fit: Objects that the networks and the law see.
        validation: Objects that stop the fit and choose the law.
        calibration: Objects that turn surprise into probability.
        audit: Objects that only check the result.
        distinct: Number of different objects.
    """

    fit: np.ndarray
    validation: np.ndarray
    calibration: np.ndarray
    audit: np.ndarray
    distinct: int


def split_objects(tensors: Tensors, *, seed: int) -> Split:
    """Split 70 / 20 / 10 into fit, calibration and audit; a tenth of the first (at most 2,000) validates.

    Calibration takes at most 10,000 and audit at most 5,000 objects: more would add nothing to a 1-in-1,000
    statement, and the fit can use them. Duplicates stay together, so no group has seen another's object (row T3).

    Args:
        tensors: The objects.
        seed: Of the shuffle.

    Raises:
        DataError: If fewer than 10 objects are distinct.
    """
    rows = row_hashes(tensors)
    _, first, group = np.unique(rows, return_index=True, return_inverse=True)
    distinct, n = len(first), len(rows)
    if distinct < FEWEST:
        raise DataError(f"A fit needs at least {FEWEST} distinct objects, but of {n} objects {distinct} are distinct. Collect more.")
    # Groups are numbered by first appearance, so that equal data in equal order split equally everywhere.
    order = np.argsort(np.argsort(first))[group]
    place = np.random.default_rng([seed, 1]).permutation(distinct)[order]
    ranked = np.argsort(place, kind="stable")
    share = np.searchsorted(place[ranked], np.arange(distinct + 1))

    def cut(position: int) -> int:
        # The boundary between two groups of duplicates that is nearest to this position.
        return int(share[np.abs(share - position).argmin()])

    audit = max(2, min(round(AUDIT[0] * n), AUDIT[1]))
    calibration = max(3, min(round(CALIBRATION[0] * n), CALIBRATION[1]))
    remaining = n - audit - calibration
    validation = min(round(VALIDATION[0] * remaining), VALIDATION[1]) if remaining >= 200 else 0
    ends = [cut(audit), cut(audit + calibration), cut(audit + calibration + validation)]
    parts = np.split(ranked, ends)
    if not len(parts[3]) or not len(parts[1]) or not len(parts[0]):
        raise DataError(
            f"A fit needs distinct objects in every group, but {distinct} distinct of {n} leave one empty. Drop duplicates first."
        )
    audit_rows, calibration_rows, validation_rows, fit_rows = (np.sort(part) for part in parts)
    return Split(fit_rows, validation_rows, calibration_rows, audit_rows, distinct)


def row_hashes(tensors: Tensors) -> np.ndarray:
    """A 64-bit digest of each object, shape (n,): equal for equal objects."""
    arrays = [np.ascontiguousarray(tensors[name].numpy()) for name in sorted(tensors)]
    n = len(arrays[0])
    views = [array.reshape(n, -1).view(np.uint8) for array in arrays]
    digests = bytearray()
    for row in range(n):
        digest = hashlib.blake2b(digest_size=8)
        for view in views:
            digest.update(view[row].data)
        digests += digest.digest()
    return np.frombuffer(bytes(digests), dtype="<u8")
