"""explain: which features move y in a patch, with what comes along and alone, once y is known to be told faithfully there."""

__all__ = ["explain"]

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.explanation.answer import Explanation
from gausscape.explanation.climb import climb_patch
from gausscape.explanation.exchanging import add_raw_effects
from gausscape.explanation.fidelity import Fidelity, measure_fidelity
from gausscape.explanation.ledger import Ledger
from gausscape.explanation.patch_effects import PatchEffects
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.explanation.patch_fitting import fit_patch, withhold
from gausscape.explanation.places import MANY, choose_patches, choose_rendering, settle_renderings, shrink_to_support
from gausscape.explanation.probes import Plan, probe_patches
from gausscape.explanation.reference import Reference
from gausscape.explanation.wording import Wording
from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.outcome.answers import Failure
from gausscape.space.patch import Patch
from gausscape.space.rendering import Rendering
from gausscape.space.space import Space

CELLS_AT_ONCE = 20_000_000
ROWS_AT_ONCE = 16_384
SHOWN_FAILURES = 20


def explain(
    space: Space,
    outcome: Any,
    patches: Patch | Sequence[Patch] | int,
    *,
    data: Any = None,
    calls: int = 512,
    rendering: str | Rendering | None = None,
    least_fidelity: float = 0.9,
    features: Sequence[str] | Callable[[Any], Any] | None = None,
    radius: float | None = None,
    percentile: float | None = None,
    wording: Wording | None = None,
    seed: int = 0,
) -> Explanation:
    """Explain y in small patches of the space.

    In each patch: check on real objects that y answers on rendered ones what it answers on them (else nothing is
    explained); probe y in antithetic pairs; fit y ~ a + b'(u - u0); tell b by the features that people recognise.

    Args:
        space: A fitted space.
        outcome: y: an Outcome, or a callable that takes n native objects and gives n numbers.
        patches: One patch, several, or a number n: patches around n of the data drawn at random, so that a share of
            the patches is a share of the population. A patch that mostly decodes to nothing like the data is made
            smaller, and says so.
        data: Real objects, Items or in native form; best those that the fit did not see. Fidelity, the features' spread
            and random centres come from them.
        calls: Objects that y is asked about in each patch: about 3 in 8 pairs of probes (3 in 4 of the calls), the rest
            exchanges of single inputs and, where objects are drawn, second draws. The fidelity gate comes on top: at most
            200 objects overall and 30 a patch, each asked 2 or 3 times (6 where objects are drawn).
        rendering: "expected", "drawn", "carried" or an object; None for what suits the data: draws where they hold
            categories, else the real object moved with its own residual, or the expected object where there is no real
            one, or where the moved one fails the gate and the expected one passes it.
        least_fidelity: Agreement below which a patch is not explained.
        features: Names of the modality's features to tell; a callable on native objects that gives `Features` or a
            mapping from name to numbers; None for all of the modality.
        radius, percentile: Of random patches, as in `Space.patch`. With neither, a typical patch holds about five of the
            fitted objects; but from 20 patches on, when general claims are weighed, all of them together hold three
            fifths of the data.
        wording: Words for the ledger's sentences: what the population and the features are called.
        seed: Of everything random.

    Raises:
        ConfigurationError: If data are missing, the calls are too few, or a setting is impossible.
        DataError: If the data are not of the kind that was fitted, or too few.

    Example:
        >>> import numpy as np
        >>> from gausscape.modalities.images.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> space = fit(example_items(300), latent=6, method="pca")
        >>> images = example_items(80, seed=9)
        >>> answer = explain(space, lambda x: x[:, 2:6, 2:6].mean((1, 2)), space.patch(images[0]), data=images, calls=300)
        >>> answer.patches[0].is_linear, answer.patches[0].effects[0].is_movable
        (True, True)
    """
    if data is None:
        raise ConfigurationError(
            "explain needs data=: real objects on which y is compared with y on rendered ones; without them nobody knows "
            "whether an explanation is about y at all. Pass objects that the fit did not see."
        )
    _check_settings(calls, least_fidelity, seed, live=len(space.live_axes))
    outcome, items = Outcome.of(outcome), Items.of(data)
    asked = outcome.calls
    wanted = choose_patches(space, items, patches, radius=radius, percentile=percentile, seed=seed)
    places = shrink_to_support(space, wanted, seed=seed)
    renderings = [choose_rendering(space, patch, rendering) for patch in places]
    reference = Reference.of(space, items, features, seed)
    centres = np.stack([patch.centre for patch in places])

    def gate(chosen: list[Rendering]) -> Fidelity:
        return measure_fidelity(space, outcome, items, centres=centres, rendering=chosen, least=least_fidelity, seed=seed)

    fidelity = gate(renderings)
    if rendering is None and (other := settle_renderings(fidelity, renderings)) != renderings:
        renderings, fidelity = other, gate(other)
    plan = [Plan.of(calls, drawn=own.drawn, swaps=bool((reference.owners >= 0).any())) for own in renderings]
    found: list[PatchExplanation | None] = [
        withhold(outcome, patch, fidelity, k, renderings[k]) for k, patch in enumerate(places)
    ]
    failures: list[Failure] = []
    open_places = [k for k, answer in enumerate(found) if answer is None]
    together = max(1, min(CELLS_AT_ONCE // space.codec.networks.likelihood.cells, ROWS_AT_ONCE) // calls)
    for start in range(0, len(open_places), together):
        group = open_places[start : start + together]
        probes = probe_patches(
            space,
            outcome,
            [places[k] for k in group],
            renderings=[renderings[k] for k in group],
            plans=[plan[k] for k in group],
            read=reference.read,
            seeds=[int(np.random.SeedSequence([seed, 59, k]).generate_state(1)[0]) for k in group],
        )
        failures += [failure for own in probes for failure in own.failures]
        fitted = [
            fit_patch(outcome, places[k], fidelity, k, renderings[k], own, reference)
            for k, own in zip(group, probes, strict=True)
        ]
        fitted, lost = add_raw_effects(space, outcome, fitted, probes, [plan[k] for k in group], reference, seed)
        failures += lost
        for k, answer in zip(group, fitted, strict=True):
            found[k] = answer
    if len(places) < MANY:
        found = [answer and _with_climb(answer, outcome, seed) for answer in found]
    answers = tuple(
        replace(answer, asked_radius=float(patch.radius))
        for answer, patch in zip(found, wanted, strict=True)
        if answer is not None
    )
    coverage = _coverage(space, items, answers)
    return Explanation(
        outcome.name,
        fidelity,
        answers,
        # Only centres drawn at random let a share of the patches speak for a share of the population.
        _ledger(answers, reference.names, wording or Wording(outcome=outcome.name), coverage=coverage, seed=seed)
        if isinstance(patches, int | np.integer)
        else None,
        coverage,
        reference.names,
        reference.spread,
        outcome.calls - asked,
        len(failures),
        tuple(failures[:SHOWN_FAILURES]),
    )


def _with_climb(answer: PatchExplanation, outcome: Outcome, seed: int) -> PatchExplanation:
    if answer.gradient is None:
        return answer
    climb = climb_patch(answer.patch, outcome, answer.gradient, rendering=answer.rendering, seed=seed)
    return answer if climb is None else replace(answer, climb=climb, calls=answer.calls + len(climb.y))


def _check_settings(calls: Any, least: Any, seed: Any, *, live: int) -> None:
    fewest = 16 * (live + 4)
    if isinstance(calls, bool) or not isinstance(calls, int | np.integer) or calls < fewest:
        raise ConfigurationError(
            f"A patch with {live} live axes needs at least {fewest} calls, but got {calls!r}. Pass calls={max(512, fewest)}."
        )
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
        raise ConfigurationError(f"least_fidelity needs to lie in [0, 1], but got {least!r}. Pass 0.9, say.")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ConfigurationError(f"seed needs a whole number from 0, but got {seed!r}. Pass seed=0, say.")


def _ledger(
    answers: tuple[PatchExplanation, ...], names: tuple[str, ...], wording: Wording, *, coverage: float, seed: int
) -> Ledger | None:
    """What the on-manifold effects of all patches say together; patches without a statement count and decide nothing."""
    if len(answers) < MANY:
        return None
    numbers = np.full((4, len(answers), len(names)), np.nan)
    freedom = np.ones(len(answers))
    for k, answer in enumerate(answers):
        if answer.surrogate is None:
            continue
        freedom[k] = answer.surrogate.freedom
        for effect in answer.effects:
            if effect.on_manifold is not None and effect.halves is not None:
                told = (effect.on_manifold.value, effect.on_manifold.error, *(half.value for half in effect.halves))
                numbers[:, k, names.index(effect.feature)] = told
    effects = PatchEffects(
        names,
        numbers[0],
        numbers[1],
        degrees_of_freedom=freedom,
        half_a=numbers[2],
        half_b=numbers[3],
        r_squared=np.array([answer.r_squared if answer.is_linear else 0.0 for answer in answers]),
        ids=tuple(answer.patch.id or f"patch {k}" for k, answer in enumerate(answers)),
    )
    return Ledger.of(effects, coverage=coverage, wording=wording, seed=seed)


def _coverage(space: Space, items: Items, answers: tuple[PatchExplanation, ...]) -> float:
    """Share of the data inside a patch where a linear statement stands."""
    codes = space.embed(items).mean
    inside = [answer.patch.contains(codes) for answer in answers if answer.is_linear]
    return float(np.any(inside, axis=0).mean()) if inside else 0.0
