"""Outcome: each object is charged once, the budget is kept, and the answers are those of the model."""

import json
import threading
from dataclasses import FrozenInstanceError

import blackboxes
import numpy as np
import pandas as pd
import polars as pl
import pytest
from blackboxes import Counted, mean, softmax

from gausscape.errors import ConfigurationError
from gausscape.items import Items
from gausscape.outcome import Answers, Outcome

MARKED = 13


def test_values_are_those_of_the_model_whatever_the_batch(images):
    for batch in (1, 7, 40, 1000):
        answers = Outcome.of(mean, batch=batch)(images)
        assert isinstance(answers, Answers)
        assert answers.values.dtype == np.float64
        np.testing.assert_allclose(answers.values, mean(images), rtol=1e-12)
        assert not answers.failed.any()


def test_an_outcome_passes_through_unchanged(images):
    outcome = Outcome.of(mean)
    assert Outcome.of(outcome) is outcome
    with pytest.raises(ConfigurationError, match="with_target"):
        Outcome.of(outcome, target=1)


def test_equal_objects_are_charged_once_also_within_one_call(images):
    model = Counted()
    outcome = Outcome.of(model)
    doubled = np.concatenate([images, images[::-1]])
    first = outcome(doubled)
    assert model.objects == outcome.calls == len(images)
    np.testing.assert_array_equal(first.values[: len(images)], first.values[len(images) :][::-1])
    outcome(images[5:9])
    assert outcome.calls == len(images)
    outcome(Items.of(images))
    assert outcome.calls == len(images)


def test_objects_that_differ_in_type_or_shape_alone_are_not_taken_for_equal(images):
    model = Counted(lambda batch: np.asarray(batch).reshape(len(batch), -1).mean(axis=1))
    outcome = Outcome.of(model)
    outcome(np.zeros((1, 4, 4)))
    outcome(np.zeros((1, 4, 4), dtype=np.float32))
    outcome(np.zeros((1, 2, 8)))
    assert outcome.calls == 3


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_frames_arrive_with_their_columns_and_types_and_are_charged_once(library):
    frame = library({"whole": [1, 2, 1, 1], "part": [0.5, 1.5, 0.5, 0.25], "text": ["a", "b", "a", "a"]})
    model = Counted(lambda rows: rows["part"].to_numpy() + rows["whole"].to_numpy())
    outcome = Outcome.of(model)
    assert outcome(frame).values.tolist() == [1.5, 3.5, 1.5, 1.25]
    assert outcome.calls == 3
    for batch in model.batches:
        assert type(batch) is type(frame)
        assert list(batch.columns) == list(frame.columns)
        assert list(batch.dtypes) == list(frame.dtypes)


def test_a_frame_of_another_type_is_asked_about_anew():
    frame = pd.DataFrame({"x": [1.0, 2.0], "kind": pd.Categorical(["a", "b"])})
    outcome = Outcome.of(lambda rows: rows["kind"].cat.codes.to_numpy() + 0.0)
    assert outcome(frame).values.tolist() == [0.0, 1.0]
    # The same texts, but "b" now has another code.
    other = frame.assign(kind=pd.Categorical(["a", "b"], categories=["b", "a"]))
    assert outcome(other).values.tolist() == [1.0, 0.0]
    assert outcome(frame.astype({"x": np.float32})).values.tolist() == [0.0, 1.0]
    assert outcome.calls == 6


def test_series_and_arrow_tables_are_recognised():
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"x": [1.0, 2.0, 1.0], "t": ["a", None, "a"]})
    outcome = Outcome.of(lambda rows: rows.column("x").to_numpy())
    assert outcome(table).values.tolist() == [1, 2, 1]
    assert outcome.calls == 2
    outcome = Outcome.of(lambda texts: texts.str.len())
    assert outcome(pd.Series(["a", "bcd", "a"])).values.tolist() == [1, 3, 1]
    assert outcome.calls == 2


def test_missing_values_and_dates_in_frames_are_recognised():
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None, 1, None], dtype="Int64"),
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-01", None]).tz_localize("UTC"),
            "text": ["a", None, "a", None],
        }
    )
    outcome = Outcome.of(lambda rows: np.zeros(len(rows)))
    outcome(frame)
    assert outcome.calls == 2


def test_graphs_and_other_python_objects_are_recognised_by_content():
    networkx = pytest.importorskip("networkx")
    graphs = [networkx.path_graph(3), networkx.path_graph(4), networkx.path_graph(3)]
    outcome = Outcome.of(lambda batch: [graph.number_of_nodes() for graph in batch])
    assert outcome(graphs).values.tolist() == [3, 4, 3]
    assert outcome.calls == 2
    assert [len(graph.adj) for graph in graphs] == [3, 4, 3]  # views are now kept in the graphs
    outcome(graphs)
    assert outcome.calls == 2


def test_objects_that_cannot_be_recognised_are_asked_about_each_time_and_said():
    things = [threading.Lock(), threading.Lock()]
    outcome = Outcome.of(lambda batch: np.zeros(len(batch)))
    outcome(things)
    outcome(things)
    assert outcome.calls == 4
    assert any("cannot be recognised" in warning for warning in outcome.check(things).warnings)


def test_no_objects_give_no_answers(images):
    answers = Outcome.of(mean)(images[:0])
    assert len(answers) == 0
    assert answers.failure_rate == 0


def test_the_budget_is_kept_before_any_cost(images):
    model = Counted()
    outcome = Outcome.of(model, budget=25)
    outcome(images[:20])
    with pytest.raises(ConfigurationError, match=r"20 calls .* budget of 25, 20 are used and 5 left"):
        outcome(images[10:].repeat(2, axis=0))  # 10 of these are known, and each stands twice
    assert model.objects == 20
    assert outcome(images[:25]).values.shape == (25,)


def test_a_budget_that_ends_midway_keeps_what_was_answered(poisoned):
    outcome = Outcome.of(blackboxes.raises, budget=45, batch=8)
    with pytest.raises(ConfigurationError, match="budget of 45"):
        outcome(poisoned)
    used = outcome.calls
    assert used <= 45
    outcome(poisoned[:8])
    assert outcome.calls == used


def test_another_target_costs_nothing(images):
    outcome = Outcome.of(softmax, target=0)
    other = outcome.with_target(2, name="third")
    first, third = outcome(images), other(images)
    assert outcome.calls == other.calls == len(images)
    np.testing.assert_array_equal(first.values, softmax(images)[:, 0])
    np.testing.assert_array_equal(third.values, softmax(images)[:, 2])
    assert other.name == "third"


def test_answers_are_frozen_and_print(images):
    answers = Outcome.of(lambda batch: np.where(mean(batch) > 0.5, mean(batch), np.nan))(images)
    with pytest.raises(FrozenInstanceError):
        answers.values = None
    assert "not finite" in str(answers)
    json.dumps(answers.document(), allow_nan=False)


def test_a_model_that_reuses_its_buffer_does_not_change_old_answers(images):
    buffer = np.empty(4)

    def model(batch):
        buffer[: len(batch)] = mean(batch)
        return buffer[: len(batch)]

    np.testing.assert_allclose(Outcome.of(model, batch=4)(images).values, mean(images))
