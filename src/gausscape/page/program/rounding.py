"""How coarse may the weights of a program be? As coarse as keeps every cell within a tolerance of the exact decoder."""

__all__ = ["Comparison", "Tolerance", "round_program"]

import contextlib
import math
import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gausscape.page.program.byte_planes import LARGEST_CODE, to_planes
from gausscape.page.program.careful_rounding import round_carefully, second_moments
from gausscape.page.program.law_tables import tensor
from gausscape.page.program.running import constants_of, run_program

LEAST_WEIGHTS = 1024
PROBE = 64
"""Steps in a standard deviation of the weights, at which it is measured what rounding does."""
AT_ONCE = 512
LARGEST_RATIO = 64.0
FIRST = 1 / 250
PASSES, MOST_WEIGHT = 2, 30.0
TRIALS, ENOUGH, CLOSE = 3, 0.75, 0.9
BETWEEN = (1.25, 1.6)
NUDGE = 1e-2
FEW_WEIGHTS, STRICT = 250_000, 1 / 3
"""A small decoder is rounded more carefully: it costs next to nothing."""


@dataclass(frozen=True)
class Tolerance:
    """How far cells may be off, in shares of their range, and how many bytes that may cost.

    Args:
        wanted: Largest difference that is aimed at; a third of it for small decoders.
        most: Largest that is taken where the other would need more than `bytes`.
        bytes: Of all rounded weights together, compressed.
    """

    wanted: float = 7e-4
    most: float = 1e-3
    bytes: int = 1_165_000


@dataclass(frozen=True)
class Comparison:
    """Places where cells are compared, and the exact cells there.

    Args:
        z: Latent points, (n, latent).
        exact: Cells there, (n, cells).
        ranges: Of the cells, (cells,).
    """

    z: np.ndarray
    exact: np.ndarray
    ranges: np.ndarray

    def differences(self, program: dict[str, Any]) -> np.ndarray:
        """Of each cell of a program, in shares of its range, (n, cells)."""
        return np.abs(run_program(program, self.z) - self.exact) / self.ranges


def round_program(
    program: dict[str, Any], *, shown: Comparison, probed: Comparison, learned: Comparison, tolerance: Tolerance
) -> tuple[dict[str, Any], float]:
    """The program with its large weights rounded, and the largest difference of a cell at the places that are compared.

    Each matrix has a step of its own, chosen so that a bit more or less in any of them would do the same to the cells: the
    square of the step goes as the number of weights over the squared difference that a step makes. Rows of the last product
    have steps of their own, for a cell that hardly moves needs no precise weights. All steps together are scaled until the
    cells agree.

    Args:
        program: Exact.
        shown: Where the result is judged.
        probed: Where it is measured what each matrix does to the cells; other places than those.
        learned: Where the inputs of products are watched; other ones again, and many.
        tolerance: What is aimed at.
    """
    large = sorted(_large(program), key=list(program["constants"]).index)
    exact = float(shown.differences(program).max())
    if not large or exact > tolerance.wanted:
        return program, exact
    if sum(len(program["constants"][name]["data"]) for name in large) < FEW_WEIGHTS:
        tolerance = replace(tolerance, wanted=max(exact, STRICT * tolerance.wanted))
    inputs = _inputs(program, learned.z, set(large))
    rows = _row_steps(program, large, probed)
    balanced = _balanced(program, large, probed, learned.z, inputs)
    weights = _place_weights(program, {name: FIRST * balanced[name] * rows[name] for name in large}, learned, inputs)
    tried: list[_Trial] = []
    aims = (
        [tolerance.wanted]
        + [aim for share in BETWEEN if (aim := share * tolerance.wanted) < tolerance.most]
        + [tolerance.most]
    )
    scale = FIRST
    for aim in aims:
        for _ in range(TRIALS):
            steps = {name: scale * balanced[name] * rows[name] for name in large}
            made = _rounded(program, steps, learned.z, inputs, weights)
            tried.append(_Trial(made, float(shown.differences(made).max()), _compressed(made)))
            largest = tried[-1].largest
            # Differences go with the steps.
            scale *= float(np.clip(CLOSE * aim / max(largest, 1e-12), 1 / 16, 16))
            if ENOUGH * aim <= largest <= aim:
                break
        if any(trial.largest <= aim and trial.bytes <= tolerance.bytes for trial in tried):
            break
    taken = _best(tried, tolerance)
    return (program, exact) if taken is None else (taken.program, taken.largest)


@dataclass(frozen=True)
class _Trial:
    program: dict[str, Any]
    largest: float
    bytes: int


def _best(tried: list[_Trial], tolerance: Tolerance) -> _Trial | None:
    """Within what is wanted the smallest; else within what a page may need the most precise; else the smallest that is allowed."""
    small = [trial for trial in tried if trial.bytes <= tolerance.bytes and trial.largest <= tolerance.most]
    good = [trial for trial in small if trial.largest <= tolerance.wanted]
    allowed = [trial for trial in tried if trial.largest <= tolerance.most]
    if good or not small:
        return min(good or allowed, key=lambda trial: trial.bytes, default=None)
    return min(small, key=lambda trial: trial.largest)


def _large(program: dict[str, Any]) -> set[str]:
    """Names of large weights that one layer uses."""
    uses = [name for step in program["steps"] for name in step["in"]]
    layers = {step["in"][1] for step in program["steps"] if step["op"] in ("linear", "conv", "conv_transposed")}
    return {
        name
        for name, each in program["constants"].items()
        if name in layers and len(each["data"]) >= LEAST_WEIGHTS and uses.count(name) == 1
    }


class _Enough(Exception):
    """All inputs that were asked for have been seen."""


def _inputs(program: dict[str, Any], z: np.ndarray, wanted: set[str]) -> dict[str, np.ndarray]:
    """What each product with these weights is given at these places, (n, inner)."""
    found: dict[str, list[np.ndarray]] = {
        step["in"][1]: [] for step in program["steps"] if step["op"] == "linear" and step["in"][1] in wanted
    }
    last = next((name for name in reversed(found)), None)

    def watch(step: dict[str, Any], given: list[np.ndarray]) -> None:
        if step["op"] == "linear" and step["in"][1] in found:
            found[step["in"][1]].append(given[0].reshape(-1, given[0].shape[-1]).astype(np.float64))
            if step["in"][1] == last:
                raise _Enough

    for start in range(0, len(z) if found else 0, AT_ONCE):
        with contextlib.suppress(_Enough):
            run_program(program, z[start : start + AT_ONCE], watch=watch)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _row_steps(program: dict[str, Any], large: list[str], probed: Comparison) -> dict[str, np.ndarray]:
    """How much coarser each row may be than the most sensitive of its matrix, (rows,), or (1,) where rows are treated alike."""
    found = {name: np.ones(1) for name in large}
    products = [step for step in program["steps"] if step["op"] == "linear"]
    last = products[-1] if products else None
    if last is None or last["in"][1] not in large or len(last["in"]) != 3:
        return found
    weight, bias = last["in"][1], last["in"][2]
    values = constants_of(program)
    if len(values[weight]) != program["outputs"]:
        return found
    moved, rng = np.zeros(program["outputs"]), np.random.default_rng(0)
    for _ in range(3):
        nudge = NUDGE * rng.choice([-1.0, 1.0], size=values[bias].shape)
        nudged = _with(program, {bias: tensor(values[bias] + nudge)})
        moved = np.maximum(moved, probed.differences(nudged).max(0))
    found[weight] = np.clip(moved.max() / np.maximum(moved, 1e-12), 1, LARGEST_RATIO)
    return found


def _balanced(
    program: dict[str, Any], large: list[str], probed: Comparison, learned: np.ndarray, inputs: dict[str, np.ndarray]
) -> dict[str, float]:
    """A step for each matrix at which one bit of a weight is worth the same everywhere."""
    values, steps = constants_of(program), {}
    for name in large:
        probe = float(values[name].std()) / PROBE or 1.0
        tried = _rounded(program, {name: np.full(1, probe)}, learned, inputs)
        worst = probed.differences(tried).max(1)
        steps[name] = probe * math.sqrt(values[name].size / max(float(np.square(worst).mean()), 1e-20))
    middle = float(np.exp(np.mean([np.log(steps[name] / max(float(values[name].std()), 1e-20)) for name in large])))
    return {name: step / middle for name, step in steps.items()}


def _place_weights(
    program: dict[str, Any], steps: dict[str, np.ndarray], learned: Comparison, inputs: dict[str, np.ndarray]
) -> np.ndarray | None:
    """How much each place counts when rounding is learned, (n,); None for all alike.

    At a few places the decoder turns sharply, and the same rounding moves cells ten times as far. Places count by the square of
    what a first rounding did there, so that the largest difference falls rather than the usual one.
    """
    if not inputs:
        return None
    weights = np.ones(len(learned.z))
    for _ in range(PASSES):
        worst = learned.differences(_rounded(program, steps, learned.z, inputs, weights)).max(1)
        weights = np.maximum(weights, np.clip(worst / max(float(np.median(worst)), 1e-12), 1, MOST_WEIGHT) ** 2)
    return weights


def _rounded(
    program: dict[str, Any],
    steps: dict[str, np.ndarray],
    z: np.ndarray,
    inputs: dict[str, np.ndarray],
    weights: np.ndarray | None = None,
) -> dict[str, Any]:
    """The program with each of these weights in its steps, or in the smallest that two bytes have room for.

    Args:
        program: Exact.
        steps: Of each matrix, one a row or one for all.
        z: Where rounding is learned, (n, latent).
        inputs: Of the products there, exact.
        weights: How much each place counts, (n,); None for all alike.
    """
    values, made = constants_of(program), {}
    for name in steps:
        matrix = values[name].astype(np.float64)
        largest = np.abs(matrix.reshape(len(steps[name]), -1)).max(1)
        step = np.maximum(steps[name], 2 * largest / LARGEST_CODE).astype(np.float32).astype(np.float64)
        if name not in inputs:
            codes = np.rint(matrix.reshape(len(step), -1) / step[:, None])
        else:
            wide = step[:, None]  # of each row, or one for all
            # Weights before this one are rounded already: the inputs are those that the page will see.
            seen = inputs[name] if not made else _inputs(_with_planes(program, made), z, {name})[name]
            given = inputs[name]
            if weights is not None:
                # One place may be several rows, where a product runs over parts of an object.
                root = np.repeat(np.sqrt(weights / weights.mean()), len(seen) // len(weights))[:, None]
                seen, given = seen * root, given * root
            moments = second_moments(seen)
            lost = seen.T @ (given - seen) / len(seen)
            mended = matrix + np.linalg.solve(moments, lost @ matrix.T).T if made else matrix
            codes = round_carefully(mended / wide, moments)
        made[name] = to_planes(codes.clip(-LARGEST_CODE, LARGEST_CODE).reshape(matrix.shape), step)
    return _with_planes(program, made)


def _with(program: dict[str, Any], constants: dict[str, Any]) -> dict[str, Any]:
    return program | {"constants": program["constants"] | constants}


def _with_planes(program: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    left = {name: each for name, each in program["constants"].items() if name not in made}
    return program | {"constants": left, "quantised": program.get("quantised", {}) | made}


def _compressed(program: dict[str, Any]) -> int:
    planes = [
        each[part] for each in program["quantised"].values() for part in ("low", "high") if each[part] is not None
    ]
    return len(zlib.compress(b"".join(plane.tobytes() for plane in planes), 9))
