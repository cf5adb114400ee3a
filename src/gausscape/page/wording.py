"""How does a page tell its readers what answers say to people who program, or type commands?"""

__all__ = ["for_readers", "heading", "side_words"]

import re
from pathlib import PurePath

import numpy as np

from gausscape.space.patch_directions import Direction

PHRASES = (
    (": pass refits=[...], spaces fitted with other seeds.", ": it needs spaces fitted with other seeds."),
    ("Try more latent axes, method='pca', or a smaller kl_weight in the fit.",
     "A fit with more latent axes, by principal components, or with a smaller weight of the divergence may keep it."),
    ("patches more in .patches", "patches more"),
    (" -> ", " \N{RIGHTWARDS ARROW} "),
    ("(RARE_OBSERVED)", "(rare but observed)"),
    ("(SUPPORTED)", "(supported)"),
    ("(EXTRAPOLATED)", "(extrapolated)"),
    ("(UNSUPPORTED)", "(unsupported)"),
)  # fmt: skip
"""What the verbs say of their arguments, and how somebody reads it who has but the page."""

DETECTABLE = re.compile(r"\(d' = (\d{4,}(?:\.\d+)?)\)")
FILES = (
    ".csv",
    ".tsv",
    ".jsonl",
    ".json",
    ".npz",
    ".npy",
    ".parquet",
    ".feather",
    ".arrow",
    ".txt",
    ".ts",
    ".graphml",
    ".zip",
)
LONGEST_SIDE, MOST = 64, 3
LEAST, HALF, ALIKE = 0.1, 0.5, 0.85
"""From which effect on a feature is told of, in its standard deviations; shares of the largest effect."""
HEIGHTS = ("mean of", "highest", "lowest", "peak to peak")
COUNTED = re.compile(r"(?:^|[ _])[a-z]*[^suia\W]s$")
LEVEL = " = "


def for_readers(text: str) -> str:
    """The same, without arguments of Python and without digits that say nothing.

    Example:
        >>> for_readers("More than noise (d' = 3916708.0). Not measured: pass refits=[...], spaces fitted with other seeds.")
        "More than noise (d' above 1,000). Not measured: it needs spaces fitted with other seeds."
    """
    for said, told in PHRASES:
        text = text.replace(said, told)
    return DETECTABLE.sub("(d' above 1,000)", text)


def heading(name: str) -> str:
    """The name of data as a title has it: a file without its ending.

    Example:
        >>> heading("known-telco.csv"), heading("mnist-5k"), heading("v1.2")
        ('known-telco', 'mnist-5k', 'v1.2')
    """
    path = PurePath(name)
    return path.stem if path.suffix.lower() in FILES and path.stem else name


def side_words(direction: Direction) -> tuple[str, str]:
    """What a reader sees change along a direction of a plane, and against it; the strongest first.

    A feature that stands for a level ("Contract = One year") becomes likelier on one side and less likely on the other: it is
    named where it becomes likelier.
    """
    told = _strongest(direction.effects)
    names = [_without_unit(direction.features[k]) for k in told]
    if len(set(names)) < len(names):
        names = [direction.features[k] for k in told]
    moves = [float(direction.effects[k]) for k in told]
    ways = [_words(names, [sign * move for move in moves]) for sign in (1.0, -1.0)]
    # Two directions may move the same features in different ways: then their names have numbers.
    number = re.search(r" \(\d+\)$", direction.name)
    return tuple(f"{way}{number[0]}" if number else way for way in ways)  # type: ignore[return-value]


def _strongest(effects: np.ndarray) -> list[int]:
    """Positions of the features to tell of; those that move about alike in their own order, from the whole to the detail."""
    size = np.abs(effects)
    largest = float(size.max(initial=0.0))
    if largest < LEAST:
        return []
    alike = np.flatnonzero(size >= ALIKE * largest).tolist()
    least = max(LEAST, HALF * largest)
    return [*alike, *(k for k in np.argsort(-size, kind="stable").tolist() if least <= size[k] < ALIKE * largest)]


def _words(names: list[str], moves: list[float]) -> str:
    """What happens to features that move so.

    Example:
        >>> _words(["tenure", "Contract = One year", "Phone = No"], [1.0, 0.9, -0.8])
        'more tenure, Contract: One year'
        >>> _words(["Contract = One year"], [-0.9]), _words(["rings", "mean of steps 0 to 9", "time of the lowest"], [-1, -1, 1])
        ('not Contract: One year', 'fewer rings, lower mean of steps 0 to 9, the lowest later')
    """
    both = list(zip(names, moves, strict=True))
    kept = [(name, move) for name, move in both if LEVEL not in name or move > 0] or both[:1]
    words = [_moved(name, move) for name, move in kept[:MOST]]
    while len(words) > 1 and len(", ".join(words)) > LONGEST_SIDE:
        words.pop()
    return ", ".join(words) or "nothing that has a name"


def _moved(name: str, move: float) -> str:
    if LEVEL in name:
        return f"{'' if move > 0 else 'not '}{name.replace(LEVEL, ': ', 1)}"
    if name.startswith("time of "):
        return f"{name.removeprefix('time of ')} {'later' if move > 0 else 'earlier'}"
    if name.startswith(HEIGHTS):
        return f"{'higher' if move > 0 else 'lower'} {name}"
    return f"{'more' if move > 0 else 'fewer' if COUNTED.search(name) else 'less'} {name}"


def _without_unit(name: str) -> str:
    return (name.rpartition(" (")[0] or name) if name.endswith(")") else name
