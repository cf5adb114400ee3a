"""Networks of tables couple their scores where there are any, and older folders without couplings are still read."""

import json

import numpy as np
import pandas as pd
import torch

from gausscape.modalities.tables import TableModality
from gausscape.modalities.tables.coupling import Coupled
from gausscape.modalities.tables.modality import HIDDEN_WEIGHT


def linked(n=400):
    """Two numbers that are nearly one, a third with a value that repeats, and a word."""
    rng = np.random.default_rng(0)
    first = rng.standard_normal(n)
    frame = pd.DataFrame({"a": first, "b": first + 0.1 * rng.standard_normal(n), "c": rng.exponential(size=n)})
    frame.loc[rng.random(n) < 0.3, "c"] = 0.0
    frame["side"] = np.where(first > 0, "right", "left")
    return frame


def built(frame, architecture=None):
    tables = TableModality.infer(frame)
    return tables, tables.networks(2, size=len(frame), architecture=architecture, tensors=tables.to_tensors(frame))


def test_a_value_that_can_be_unobserved_is_no_source():
    _, networks = built(linked())
    assert isinstance(networks.likelihood, Coupled)
    # The third score exists only beside the value that repeats.
    assert networks.likelihood.sources.tolist() == [1, 1, 0, 1, 1]


def test_a_document_without_couplings_gives_independent_columns():
    tables, new = built(linked())
    old = tables.networks(2, size=400, architecture={"width": 32, "blocks": 1})
    assert not isinstance(old.likelihood, Coupled)
    again = tables.networks(2, **json.loads(json.dumps(new.document)))
    again.load_state_dict(new.state_dict())
    assert torch.equal(again.likelihood.sources, new.likelihood.sources)
    _, plain = built(linked(), {"coupled": False})
    assert not isinstance(plain.likelihood, Coupled)


def test_rows_without_scores_are_not_coupled():
    frame = pd.DataFrame({"a": np.tile(["p", "q", "r"], 20), "b": np.repeat(["yes", "no"], 30)})
    assert not isinstance(built(frame)[1].likelihood, Coupled)


def test_hidden_cells_count_a_tenth_in_training_only():
    frame = linked()
    tables = TableModality.infer(frame)
    tensors = tables.to_tensors(frame)
    _, plain = tables.present(tensors, None)
    assert set(plain["observed"].unique().tolist()) == {0.0, 1.0}
    inputs, target = tables.present(tensors, torch.Generator().manual_seed(0))
    there = plain["observed"] > 0
    assert torch.equal(target["observed"] > 0, there)
    weights = target["observed"][there].unique()
    assert torch.allclose(weights, torch.tensor([HIDDEN_WEIGHT, 1.0]))
    assert torch.equal((target["observed"][:, 0] == 1), inputs["mask"][:, 0] == 1)
