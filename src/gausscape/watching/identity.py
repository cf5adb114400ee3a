"""Which space is this? A digest of everything that a watch's numbers depend on."""

__all__ = ["differences", "digest_of"]

import hashlib
from typing import Any

import numpy as np

from gausscape.space.safe_json import finite, json_bytes
from gausscape.space.space import Space


def digest_of(space: Space) -> str:
    """SHA-256 over networks, law, calibration, gates and kind of data; the same for a space that was saved and read again."""
    digest = hashlib.sha256(json_bytes(finite(space.modality.document())))
    law, arrays = space.aggregate.law.state()
    digest.update(json_bytes(finite(law)))
    arrays |= {name: tensor.numpy() for name, tensor in space.codec.networks.state_dict().items()}
    arrays |= {f"gate/{name}": gate.reference for name, gate in space.gates.items()}
    arrays |= {
        "codes": space.aggregate.codes,
        "held_out": space.aggregate.held_out,
        "live": np.asarray(space.live_axes),
    }
    arrays |= {"objects": space.of_objects.reference, "draws": space.of_codes.reference}
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def differences(before: Any, now: Any, name: str) -> list[str]:
    """What differs between two documents, in words, one line a place.

    Example:
        >>> differences({"seed": 1, "rule": None}, {"seed": 2, "rule": None}, "settings")
        ['settings.seed was 1 and is 2']
    """
    if isinstance(before, dict) and isinstance(now, dict):
        keys = sorted(set(before) | set(now))
        return [text for key in keys for text in differences(before.get(key), now.get(key), f"{name}.{key}")]
    return [] if before == now else [f"{name} was {before!r} and is {now!r}"]
