"""Completing: what is missing is drawn from the conditional law, whatever is known; what is known stays."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import binom, norm

import gausscape as gs
from gausscape.errors import ConfigurationError
from gausscape.likelihoods import Bernoulli, LearnedGaussian
from gausscape.modalities.tables.coupling import Coupled
from gausscape.modalities.tables.example import example_items
from gausscape.space.completing import complete
from gausscape.training.schedule import Schedule

LOADINGS = np.array([[0.9, 0.1], [0.1, 0.9], [0.8, -0.4], [-0.5, 0.75], [0.64, 0.64]])
LOADINGS *= 0.9055 / np.linalg.norm(LOADINGS, axis=1, keepdims=True)  # equal communalities: what probabilistic PCA assumes
NOISE = np.sqrt(1 - 0.9055**2)
COVARIANCE = LOADINGS @ LOADINGS.T + NOISE**2 * np.eye(5)


def scores(n, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)) @ LOADINGS.T + NOISE * rng.normal(size=(n, 5))


def values(z):
    """A Gaussian copula with five different margins."""
    return np.stack([z[:, 0], np.exp(z[:, 1]), 100 + 15 * z[:, 2], -np.log(norm.sf(z[:, 3])), np.sinh(z[:, 4])], 1)


@cache
def copula_space():
    return gs.fit(values(scores(4000, 0)), latent=2, method="pca", seed=0)


@cache
def mixed_space():
    return gs.fit(example_items(300), latent=2, schedule=Schedule(steps=40), seed=0)


def holes(z, seed):
    """Values with random masks: any subset of one to four columns is hidden."""
    rng = np.random.default_rng(seed)
    hidden = rng.random(z.shape) < rng.uniform(0.2, 0.8, (len(z), 1))
    hidden[hidden.all(1), 0] = False
    hidden[~hidden.any(1), 3] = True
    return hidden, np.where(hidden, np.nan, values(z))


def truth(z, hidden):
    """Conditional means and deviations of the hidden scores given the others (of the normal law), in rows of z."""
    mean, std = np.full(z.shape, np.nan), np.full(z.shape, np.nan)
    for row, gone in enumerate(hidden):
        gain = COVARIANCE[np.ix_(gone, ~gone)] @ np.linalg.inv(COVARIANCE[np.ix_(~gone, ~gone)])
        mean[row, gone] = gain @ z[row, ~gone]
        std[row, gone] = np.sqrt(np.diag(COVARIANCE[np.ix_(gone, gone)] - gain @ COVARIANCE[np.ix_(~gone, gone)]))
    return mean, std


def test_completions_follow_the_known_conditional_law():
    z = scores(150, 1)
    hidden, gappy = holes(z, 2)
    found = complete(copula_space(), gappy, draws=100, seed=3)
    mean, std = truth(z, hidden)
    draws = np.stack([found.draw(k) for k in range(100)])
    back = np.stack([draws[..., 0], np.log(draws[..., 1]), (draws[..., 2] - 100) / 15], -1)
    back = np.concatenate([back, np.stack([norm.isf(np.exp(-draws[..., 3])), np.arcsinh(draws[..., 4])], -1)], -1)
    standardised = ((back - mean) / std)[:, hidden]
    # 5 standard errors of each figure over the draws (false alarms below 1e-6 each), and what a fit to 4,000 rows leaves open.
    error = np.abs(standardised.mean(0))
    assert error.mean() < 0.25
    assert np.abs(standardised.mean()) < 0.1
    assert 0.85 < standardised.std(0).mean() < 1.15
    assert np.median(found.effective) > 50


def test_intervals_cover_what_was_hidden():
    z = scores(400, 5)
    hidden, gappy = holes(z, 6)
    found = complete(copula_space(), gappy, draws=60, seed=7)
    assert found.rows.tolist() == list(range(400))
    inside = (found.lower <= values(z)) & (values(z) <= found.upper)
    # Cells of a row hang together: rows count, not cells. False alarms below 1e-6 for a coverage of 86% to 94% (60 draws
    # put the ends of a 90% interval about 1% too far inside).
    rng = np.random.default_rng(0)
    first = [rng.choice(np.flatnonzero(gone)) for gone in hidden]
    hits = int(inside[np.arange(400), first].sum())
    assert binom.ppf(1e-7, 400, 0.86) <= hits <= binom.isf(1e-7, 400, 0.94)
    assert np.isnan(found.mean[~hidden]).all()
    assert np.isfinite(found.mean[hidden]).all()


def test_known_cells_stay_bit_for_bit_and_draws_are_seeded():
    frame = example_items(60, seed=3)
    rng = np.random.default_rng(1)
    gappy = frame.copy()
    for name in ("amount", "city", "ordered", "rating"):
        gappy.loc[rng.random(60) < 0.3, name] = None
    whole = mixed_space().complete(gappy, draws=3, seed=2)
    for items in (whole.items, whole.draw(2)):
        assert not items.isna().any().any()
        assert list(items.dtypes) == list(gappy.dtypes)
        for name in gappy:
            known = gappy[name].notna()
            pd.testing.assert_series_equal(items[name][known], gappy[name][known], check_exact=True)
    pd.testing.assert_frame_equal(whole.items, whole.draw(0))
    assert not whole.draw(0).equals(whole.draw(1))
    pd.testing.assert_frame_equal(mixed_space().complete(gappy, draws=3, seed=2).items, whole.items)
    assert set(whole.items["city"]) <= set(frame["city"])
    json.dumps(whole.document(), allow_nan=False)
    assert "of 60 objects had gaps" in str(whole)
    assert {len(column) for column in whole.table().values()} == {len(whole.table()["id"])}


def test_what_was_filled_is_told_in_the_words_of_the_columns():
    frame = example_items(40, seed=4).dropna().reset_index(drop=True)
    gappy = frame.copy()
    gappy.loc[0, ["city", "amount"]] = [None, np.nan]
    gappy.loc[1, "ordered"] = pd.NaT
    found = mixed_space().complete(gappy, draws=40, seed=1)
    _, amount, city, ordered = str(found).splitlines()
    draws = [found.draw(k) for k in range(40)]
    amounts = np.array([rows["amount"][0] for rows in draws])
    assert amount == f"  0: amount {amounts.mean():.4g} ({np.quantile(amounts, 0.05):.4g} to {np.quantile(amounts, 0.95):.4g})"
    counts = pd.Series([rows["city"][0] for rows in draws]).value_counts()
    assert city.startswith(f"  0: city: {counts.index[0]} ({counts.iloc[0] / 40:.0%})")
    assert " to " in ordered
    assert str(min(rows["ordered"][1] for rows in draws))[:3] in ordered
    once = mixed_space().complete(gappy, seed=1)
    assert f"  0: city: {once.items['city'][0]}" in str(once).splitlines()


def test_filled_numbers_have_the_decimals_of_the_data():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"price": np.round(rng.gamma(3, 20, 400), 2), "size": rng.normal(size=400)})
    gappy = frame.assign(price=frame["price"].mask(rng.random(400) < 0.4))
    whole = gs.fit(frame, latent=1, method="pca").complete(gappy, seed=2).items["price"]
    assert (whole == whole.round(2)).all()


def test_objects_without_gaps_pass_through():
    frame = example_items(30).dropna().reset_index(drop=True)
    whole = mixed_space().complete(frame)
    pd.testing.assert_frame_equal(whole.items, frame, check_exact=True)
    assert len(whole.rows) == 0
    assert "Nothing is missing" in str(whole)
    pd.testing.assert_frame_equal(whole.draw(0), frame, check_exact=True)


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_other_libraries_are_completed_in_their_own_types(library):
    import polars

    frame = polars.from_pandas(example_items(40))
    frame = frame.with_columns(polars.when(polars.int_range(40) % 3 == 0).then(None).otherwise(polars.col("city")).alias("city"))
    given = frame.to_arrow() if library == "pyarrow" else frame
    whole = mixed_space().complete(given).items
    assert whole.schema == given.schema
    back = polars.from_arrow(whole) if library == "pyarrow" else whole
    assert back.select(polars.all().null_count()).row(0) == (0,) * 6
    known = frame["city"].is_not_null()
    assert back.filter(known)["city"].to_list() == frame.filter(known)["city"].to_list()
    assert back["amount"].to_list() == frame["amount"].to_list()


def test_filled_cells_obey_constraints_and_known_ones_stay():
    space = mixed_space().constrained(["rating >= 4", "if city == 'Graz' then amount <= 5"])
    frame = example_items(80, seed=9)
    gappy = frame.assign(amount=np.where(np.arange(80) % 2, np.nan, frame["amount"]))
    whole = space.complete(gappy).items
    filled = gappy["rating"].isna()
    assert (whole["rating"][filled] >= 4).all()
    assert (whole["rating"][~filled] == gappy["rating"][~filled]).all()
    free = gappy["amount"].isna() & (whole["city"] == "Graz") & ~((gappy["rating"] < 4) & ~filled)
    assert free.any()
    assert (whole["amount"][free] <= 5).all()


def test_the_number_of_draws_is_checked():
    for wrong in (0, 1.5, True, 10_001):
        with pytest.raises(ConfigurationError, match="draws"):
            mixed_space().complete(example_items(5), draws=wrong)
    with pytest.raises(ConfigurationError, match="from 0 to 0"):
        mixed_space().complete(example_items(5)).draw(1)


def test_kinds_of_data_that_cannot_fill_are_decoded(monkeypatch):
    space = mixed_space()
    monkeypatch.delattr(type(space.modality), "filled")
    monkeypatch.delattr(type(space.modality), "lacking")
    whole = space.complete(example_items(10), seed=1)
    assert len(whole.items) == 10
    assert torch.isfinite(space.codec.tensors(whole.items)["values"]).all()


def test_cells_that_lean_on_each_other_are_drawn_given_those_that_are_there():
    law = Coupled([LearnedGaussian(3, shared=False, floor=0.02), Bernoulli(1, grey=False)])
    with torch.no_grad():
        law.coupling.copy_(0.6 * torch.randn(3, 4, generator=torch.Generator().manual_seed(0)))
    generator = torch.Generator().manual_seed(1)
    n = 200_000
    output = torch.tensor([[0.2, -0.1, 0.4, 0.5]]).expand(n, -1)
    with torch.no_grad():
        joint = law.drawn(output, torch.randn(n, 4, generator=generator))
        some = joint[joint[:, 3] > 0.5]
        seen = torch.tensor([[0.0, 1.0, 0.0, 1.0]]).expand(len(some), -1)
        again = law.drawn_given(output[: len(some)], some, seen, torch.randn(len(some), 4, generator=generator))
    assert torch.equal(again[:, [1, 3]], some[:, [1, 3]])  # what is there stays
    # Both sets of triples have one covariance: 6 standard errors of products of near-normal numbers.
    some, again = some.numpy(), again.numpy()
    one, two = np.cov(some[:, :3].T), np.cov(again[:, :3].T)
    scale = np.sqrt(np.outer(np.diag(one), np.diag(one)))
    assert (np.abs(one - two) < 6 * scale * np.sqrt(2 * 2 / len(some))).all()
    assert np.abs(some.mean(0) - again.mean(0)).max() < 6 * np.sqrt(2 * scale.max() / len(some))
