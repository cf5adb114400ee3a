"""Methods are compared on the same unseen objects, failures are counted, and sentences follow from the figures alone."""

import json
from dataclasses import replace

import numpy as np
import pytest

import gausscape as gs
from gausscape.errors import ConfigurationError, DivergenceError
from gausscape.figures import Look
from gausscape.method_comparison import MethodComparison, compare_methods, comparing
from gausscape.method_comparison.measures import MEASURES, estimate
from gausscape.method_comparison.report import Run
from gausscape.modalities.images.example import example_items

BUDGETS = {"vae": gs.Schedule(steps=30), "gan": gs.Schedule(steps=40, batch=32)}


@pytest.fixture(scope="module")
def found() -> MethodComparison:
    return compare_methods(example_items(200, seed=1), seeds=2, latent=2, schedules=BUDGETS)


def made(values: dict[str, list[float]], **changes) -> MethodComparison:
    """A comparison with these recalls by method, all else equal."""
    usual = {measure.name: 0.5 for measure in MEASURES if measure.name != "agreement"}
    runs = [
        Run(method, seed, usual | {"recall": value}, {"0.1": 0.1}, {"0.1": True}, live=2)
        for method, found in values.items()
        for seed, value in enumerate(found)
    ]
    count = max(map(len, values.values()))
    return replace(
        MethodComparison("x", "images", {"fitted": 70, "unseen": 30}, tuple(values), count, tuple(runs),
                         {method: (0.9,) for method in values}),
        **changes,
    )  # fmt: skip


def test_every_method_is_measured_with_every_seed(found):
    assert [(run.method, run.seed) for run in found.runs] == [
        (method, seed) for seed in (0, 1) for method in ("vae", "gan", "pca")
    ]
    for run in found.runs:
        assert run.failure is None
        assert 0 <= run.values["recall"] <= 1
        assert 0 <= run.values["precision"] <= 1
        assert run.values["fit_seconds"] > 0
        assert set(run.actual) == {"0.1", "0.01"}
    assert all(len(found.agreement[method]) == 1 for method in found.methods)
    assert found.objects["fitted"] + found.objects["unseen"] == 200


def test_pca_agrees_with_itself_over_seeds(found):
    # The seeds change its split, and nothing else.
    assert min(found.agreement["pca"]) > 0.8


def test_the_figures_are_the_same_when_asked_again(found):
    again = compare_methods(example_items(200, seed=1), methods=["pca"], seeds=2, latent=2)
    for run, other in zip((run for run in found.runs if run.method == "pca"), again.runs, strict=True):
        for name in ("recall", "precision", "unexplained"):
            assert run.values[name] == other.values[name]


def test_it_prints_draws_and_is_kept_as_json(found, tmp_path):
    text = str(found)
    for word in (*found.methods, "recall", "failed fits", "collapsed fits"):
        assert word in text
    kept = json.loads(found.save(tmp_path / "c.json").read_text())
    assert kept["sentences"] == found.sentences()
    assert len(kept["runs"]) == 6
    for width in (3.6, 7.4):
        assert gs.plot(found, look=Look(width=width)) is not None


def test_sentences_name_whoever_is_better_and_only_beyond_the_spread():
    clear = made({"a": [0.91, 0.92, 0.93], "b": [0.5, 0.52, 0.51]})
    first = clear.sentences()[0]
    assert first.startswith("On 3 seeds the a covers 0.92 [0.90, 0.94] of the unseen objects, the b 0.51")
    assert "the a is better than the b" in first
    turned = made({"a": [0.5, 0.52, 0.51], "b": [0.91, 0.92, 0.93]}).sentences()[0]
    assert "the b is better than the a" in turned
    open_ = made({"a": [0.9, 0.2, 0.6], "b": [0.5, 0.52, 0.51]}).sentences()[0]
    assert "cannot be told apart" in open_
    assert "better" not in made({"a": [0.9], "b": [0.1]}).sentences()[0]


def test_failures_and_collapses_are_counted_and_told():
    comparison = made({"a": [0.9, 0.9, 0.9], "b": [0.5, 0.5, 0.5]})
    runs = list(comparison.runs)
    runs[3] = Run("b", 0, failure="it broke")
    runs[4] = replace(runs[4], collapsed=True)
    changed = replace(comparison, runs=tuple(runs))
    assert (changed.failures("b"), changed.collapses("b"), changed.failures("a")) == (1, 1, 0)
    assert "Of 3 fits of the b, 1 failed, 1 collapsed." in changed.sentences()
    assert "No fit of 3 a method failed or collapsed." in comparison.sentences()
    assert "1 of 3" in str(changed)


def test_a_fit_that_diverges_is_counted_and_the_others_go_on(monkeypatch):
    real = comparing.fit

    def fit(items, *, method, seed, **options):
        if seed == 1:
            raise DivergenceError("Training needs finite losses, but got none. Try less.")
        return real(items, method=method, seed=seed, **options)

    monkeypatch.setattr(comparing, "fit", fit)
    found = compare_methods(example_items(200, seed=1), methods=["pca"], seeds=3, latent=2)
    assert found.failures("pca") == 1
    assert len(found.of("pca")) == 2
    assert len(found.agreement["pca"]) == 1


def test_wrong_calls_are_named():
    data = example_items(60, seed=1)
    with pytest.raises(ConfigurationError, match="methods needs names"):
        compare_methods(data, methods=["vea"])
    with pytest.raises(ConfigurationError, match="seeds needs"):
        compare_methods(data, seeds=0)
    with pytest.raises(ConfigurationError, match="schedules names 'gan'"):
        compare_methods(data, methods=["pca"], schedules={"gan": gs.Schedule()})


def test_the_interval_of_a_mean_covers_it_nineteen_times_in_twenty():
    # 4,000 trials of a coin that lands right 95% of the time: outside 93.3% to 96.7% less than once in a million.
    rng = np.random.default_rng(0)
    hits = sum(
        found.lower <= 0 <= found.upper for found in (estimate(rng.normal(size=5).tolist()) for _ in range(4000))
    )
    assert 0.933 < hits / 4000 < 0.967
