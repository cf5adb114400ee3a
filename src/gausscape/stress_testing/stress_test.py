"""The verb: draw scenarios from the tails and by design, ask y about them, sort what fails, and say how likely that is."""

__all__ = ["stress_test", "usual_levels"]

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gausscape.chunks import Chunks
from gausscape.errors import CalibrationError, ConfigurationError
from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.outcome.dry_run import DryRun
from gausscape.space.rendering import Rendering
from gausscape.space.space import Space
from gausscape.space.support import Support
from gausscape.stress_testing.answer import StressTest
from gausscape.stress_testing.asking import Neighbours, ask_scenarios
from gausscape.stress_testing.design import Design
from gausscape.stress_testing.failures.answered_class import AnsweredClasses, name_of_class, read_classes
from gausscape.stress_testing.failures.failure_rule import find_rule
from gausscape.stress_testing.failures.referee import NeighbourReferee, Referee, find_referee
from gausscape.stress_testing.failures.rule import FailureRule
from gausscape.stress_testing.failures.weak_regions import find_weak_regions
from gausscape.stress_testing.level_rows import tabulate_levels
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.nearby.worst_case import WorstCase
from gausscape.stress_testing.nearby.worst_search import find_worst_pairs
from gausscape.stress_testing.probability.failing import measure_failure_probability
from gausscape.stress_testing.response_curve import measure_response
from gausscape.stress_testing.scenarios import Scenarios
from gausscape.stress_testing.tails import Tail

LEVELS = (0.1, 0.01, 0.001)
MOST_REAL = 20_000
"""Real objects that are asked about where chunks of more are given; a note says so."""


def stress_test(
    space: Space,
    outcome: Any,
    data: Any = None,
    *,
    exceedance: Sequence[float] | None = None,
    tails: Sequence[str | Tail] = ("radial",),
    where: Sequence[Any] | str = (),
    design: Design | None = None,
    fails: Any = None,
    referee: Any = None,
    around: Any = None,
    calls: int = 3000,
    rendering: str | Rendering | None = None,
    seed: int = 0,
) -> StressTest:
    """What happens to y in the tails of the data's law, beyond everything seen, and in the worst case nearby?

    Args:
        space: A fitted space; one that is constrained (`Space.constrained`) makes legal objects only.
        outcome: y: an Outcome, or a callable on native objects.
        data: Real objects, best unseen by the fit, with labels where there are classes. Without them nothing is said of the
            nearest real object, and no referee can be made of labels. Of Chunks, 20,000 drawn uniformly, as a note says.
        exceedance: Probabilities to go out to, commonest first; None for 0.1, 0.01 and 0.001, as far as this space
            certifies them.
        tails: "radial" (unlike anything, in any direction), "uniform", "axis 1", "towards 7", "up tenure" ..., or `Tail`s.
        where: Conditions, each a set of scenarios of its own: "age > 70 and balance < 0", "label == 7".
        design: How many, how far beyond, and what else (`Design`); None for the defaults.
        fails: What a failure is: "y < 0.2", "label != 7", "wrong label", a function of y, or a `FailureRule`.
        referee: Who judges whether the object itself changed its class: a second model, a `Referee`, or a check of your own; None
            for the nearest labelled objects where the rule is about classes and data have labels.
        around: Items around which the worst case within the design's radius is looked for.
        calls: Objects that y may be asked about for the failure probability; 0 to leave it out.
        rendering: "expected" or "drawn" objects; None for what suits the data.
        seed: Of all draws.

    Returns:
        StressTest.

    Raises:
        CalibrationError: If a level is finer than the calibration can certify, 1 / (20 n).
        ConfigurationError: If a tail, a condition or a rule cannot be understood, or y fails throughout.
        DataError: If data are not of the kind that was fitted.

    Example:
        >>> from gausscape.modalities.images.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> images = example_items(300)
        >>> space = fit(images, latent=2, method="pca")
        >>> brightness = lambda x: x.reshape(len(x), -1).mean(1)
        >>> test = stress_test(space, brightness, images, exceedance=(0.1,), design=Design(each=20, rays=4), fails="y < 0")
        >>> [row.n for row in test.levels], test.rule
        ([20], 'y < 0')
    """
    outcome = Outcome.of(outcome)
    design = design or Design()
    maker = Maker(space, rendering)
    levels = usual_levels(space) if exceedance is None else _levels(space, exceedance)
    items = data.sample(MOST_REAL, seed=seed) if isinstance(data, Chunks) else None if data is None else Items.of(data)
    neighbours = None if items is None else Neighbours.of(space, items)
    asked = outcome.calls
    # Designs come first: an impossible condition is told before the model is asked anything.
    placed, shapes, told = design.place(
        maker, levels=levels, tails=tails, where=(where,) if isinstance(where, str) else tuple(where), items=items, seed=seed
    )  # fmt: skip
    if exceedance is None and len(levels) < len(LEVELS):
        least = f"{space.of_codes.floor:.2g}"
        told = (*told, f"{space.of_codes.count:,} calibration objects certify no level below {least}: rarer ones are left out.")
    if isinstance(data, Chunks) and items is not None and len(items) < len(data):
        told = (*told, f"The real objects are {items.name}.")
    checked = outcome.check(_tried(maker, items, seed))
    judge = _referee(space, items, referee, fails)
    rule = _bound(fails, outcome, judge, maker, items, seed)
    if judge is None and rule is not None and rule.about_classes and items is not None and items.labels is not None:
        judge = NeighbourReferee(space, items)
    centre_y = float(outcome(maker.items(_centre(space), np.zeros((1, maker.noise_size)))).values[0])
    scenarios, near = ask_scenarios(
        placed, outcome, maker, neighbours=neighbours, rule=rule, referee=judge, centre_y=centre_y
    )
    responses = tuple(measure_response(maker, outcome, tail, rule=rule, design=design, seed=seed) for tail in shapes)
    findings, probability, worst = (), None, ()
    if rule is not None:
        features = maker.features(scenarios.z, scenarios.noise)
        findings = find_weak_regions(scenarios, features, seed=seed)
        if calls:
            probability = measure_failure_probability(
                maker, outcome, rule, calls=calls, neighbours=neighbours, seed=seed
            )
    if around is not None:
        worst = _worst(space, outcome, Items.of(around), design, rule, judge, seed)
    return StressTest(
        space=space,
        outcome=outcome.name,
        rule="" if rule is None else rule.words,
        referee="" if judge is None else judge.words,
        settings=_settings(
            outcome, levels, tails, where, design, fails, calls, maker, seed, referee_given=referee is not None
        ),
        levels=tabulate_levels(placed, scenarios, with_rule=rule is not None),
        scenarios=scenarios,
        neighbours=near,
        responses=responses,
        findings=findings,
        failure_probability=probability,
        worst=worst,
        centre_y=centre_y,
        notes=_notes(checked, scenarios, rule, judge, told + _mended(maker, scenarios) + _of_fit(space), hunted=design.hunt > 0),
        calls=outcome.calls - asked,
    )


def _worst(
    space: Space,
    outcome: Outcome,
    centres: Items,
    design: Design,
    rule: FailureRule | None,
    referee: Referee | None,
    seed: int,
) -> tuple[WorstCase, ...]:
    """Worst cases around objects; where the rule is about classes, y is the probability of each object's own class."""
    groups: list[tuple[Outcome, Items, str | None, str]] = [(outcome, centres, design.goal, "")]
    told = read_classes(outcome, outcome(centres)) if rule is not None and rule.about_classes else None
    if told is not None and told.probabilities is not None and centres.labels is not None and design.goal is None:
        own = np.array([name_of_class(label) for label in centres.labels])
        groups = [
            (_of_class(outcome, told, name), centres.take(np.flatnonzero(own == name)), "fall", name)
            for name in dict.fromkeys(own.tolist())
            if name in told.names
        ]
    found: list[WorstCase] = []
    for y, items, goal, name in groups:
        cases = find_worst_pairs(
            space, y, items, radius=design.radius, percentile=design.percentile, rule=rule, referee=referee, goal=goal, seed=seed
        )  # fmt: skip
        found += [replace(case, own_class=name) for case in cases]
    return tuple(sorted(found, key=lambda case: -abs(case.change) if np.isfinite(case.change) else -np.inf))


def _of_class(outcome: Outcome, told: AnsweredClasses, name: str) -> Outcome:
    place = told.names.index(name)
    return outcome.with_target(outcome.classes[place] if outcome.classes else place, name=f"P({name})")


def usual_levels(space: Space) -> tuple[float, ...]:
    """The levels that a test goes to unless others are asked for: those of 0.1, 0.01, 0.001 that the space certifies."""
    return tuple(level for level in LEVELS if level >= space.of_codes.floor) or (space.of_codes.floor,)


def _levels(space: Space, exceedance: Sequence[float]) -> tuple[float, ...]:
    levels = tuple(float(level) for level in np.atleast_1d(np.asarray(exceedance, dtype=float)))
    floor = space.of_codes.floor
    for level in levels:
        if not 0 < level <= 1:
            raise CalibrationError(f"An exceedance needs to lie in (0, 1], but got {level!r}. Pass 0.01 for 1 in 100.")
        if level < floor:
            n = space.of_codes.count
            raise CalibrationError(
                f"An exceedance of {level:g} needs more calibration objects than the {n:,} of this space, which certify down to "
                f"{floor:.2g} (1 / (20 n)). Ask for {floor:.2g} or more, fit with more data, or go beyond in standard deviations: "
                "design=Design(beyond=8)."
            )
    if not levels:
        raise ConfigurationError(
            "A stress test needs at least one exceedance, but none came. Pass exceedance=(0.1, 0.01), say."
        )
    return levels


def _tried(maker: Maker, items: Items | None, seed: int) -> Any:
    """Objects on which the model is tried: real ones, or typical ones of the space."""
    if items is not None:
        return items
    rng = np.random.default_rng([seed, 72])
    z = maker.space.aggregate.full(maker.space.aggregate.law.sample(64, rng))
    return maker.items(z, maker.draw_noise(64, rng))


def _referee(space: Space, items: Items | None, asked: Any, fails: Any) -> Referee | None:
    if asked is not None:
        return find_referee(asked)
    # "wrong label" cannot even be read without somebody who knows the right one.
    if isinstance(fails, str) and "wrong" in fails.lower() and items is not None and items.labels is not None:
        return NeighbourReferee(space, items)
    return None


def _bound(
    fails: Any, outcome: Outcome, referee: Referee | None, maker: Maker, items: Items | None, seed: int
) -> FailureRule | None:
    if fails is None:
        return None
    rule = find_rule(fails, referee=referee)
    seen = outcome(_few(_tried(maker, items, seed)))
    known = seen.values[np.isfinite(seen.values)]
    spread = float(known.std()) if len(known) else 1.0
    return rule.bind(outcome, scale=spread or 1.0, seen=seen)


def _few(values: Any) -> Any:
    items = Items.of(values)
    return items.take(np.linspace(0, len(items) - 1, min(len(items), 256)).round().astype(int))


def _centre(space: Space) -> np.ndarray:
    return space.aggregate.unwhiten(np.zeros((1, len(space.live_axes))))


def _settings(
    outcome: Outcome,
    levels: tuple[float, ...],
    tails: Sequence[str | Tail],
    where: Any,
    design: Design,
    fails: Any,
    calls: int,
    maker: Maker,
    seed: int,
    *,
    referee_given: bool,
) -> dict[str, Any]:
    """What was asked, as far as it can be written down; a function is told by name and has to be passed again."""

    def text(value: Any) -> str:
        return (
            value
            if isinstance(value, str)
            else getattr(value, "name", None) or getattr(value, "words", None) or repr(value)
        )

    return {
        "exceedance": list(levels),
        "tails": [text(tail) for tail in tails],
        "where": [text(each) for each in ([where] if isinstance(where, str) else where)],
        "design": design.document(),
        "fails": None if fails is None else text(fails),
        "calls": calls,
        "rendering": maker.rendering.name,
        "seed": seed,
        "referee_given": referee_given,
        "target": _target(outcome),
        "constraints": _stated(maker.space),
    }


def _target(outcome: Outcome) -> str | None:
    """The class or label that y is about, by name where it has one."""
    found = outcome.target
    if found is None or outcome.kind != "probability" or not outcome.classes:
        return None if found is None else name_of_class(found)
    return name_of_class(outcome.classes[found])


def _stated(space: Space) -> list[str]:
    return list(space.modality.document().get("constraints", ()))


def _mended(maker: Maker, scenarios: Scenarios) -> tuple[str, ...]:
    """How often a constraint had to be seen to: a row that was mended is less like the law than its code says."""
    if not len(scenarios):
        return ()
    found = maker.space.modality.mended(maker.cells(scenarios.z, scenarios.noise))
    told = {text: float(rows.mean()) for text, rows in found.items() if rows.any()}
    return tuple(f"To hold {text!r}, {share:.1%} of the scenarios were changed." for text, share in told.items())


def _of_fit(space: Space) -> tuple[str, ...]:
    """What the way of fitting does to every support label."""
    return tuple(space.record["training"].get("notes", ()))


def _notes(
    checked: DryRun,
    scenarios: Scenarios,
    rule: FailureRule | None,
    referee: Referee | None,
    told: tuple[str, ...],
    *,
    hunted: bool,
) -> tuple[str, ...]:
    notes = [*told, *checked.warnings]
    if not checked.is_deterministic and np.isfinite(checked.noise):
        notes.append(f"Changes of y below {2 * checked.noise:.3g} are noise of the model.")
    if isinstance(referee, NeighbourReferee):
        sure, right = referee.reliability
        notes.append(
            f"Of the labelled objects themselves the referee is sure in {sure:.0%}, and right in {right:.1%} of these."
        )
        notes.append(
            "Where objects are rare such a referee errs as well: look at the hits before quoting them, or give a second model."
        )
    lost = int(np.isnan(scenarios.y).sum())
    if lost:
        first = scenarios.failures[0]
        of = f"{lost:,} of {len(scenarios):,} scenarios; the first ({scenarios.ids[first.row]})"
        notes.append(f"y failed on {of}: {first.kind}: {first.message}")
    if rule is not None and not rule.graded and not hunted:
        notes.append(
            f"The rule {rule.words!r} has no margin, so no search can follow it to rare failures. Design(hunt=500) adds scenarios "
            "that hit most simple regions of a probability of 1 in 1,000."
        )
    if rule is not None and len(scenarios):
        share = float(scenarios.fails.mean())
        if share == 1.0:
            notes.append(f"All scenarios hit the rule {rule.words!r}. Is it the right way round?")
        elif share == 0.0:
            notes.append(f"No scenario hits the rule {rule.words!r}; see the probability for what that is worth.")
    unsupported = float((scenarios.support == Support.UNSUPPORTED).mean()) if len(scenarios) else 0.0
    if unsupported > 0.5:
        notes.append(
            f"{unsupported:.0%} of the scenarios are UNSUPPORTED: the decoder answers where it has seen nothing. Do not quote y there."
        )
    return tuple(dict.fromkeys(notes))
