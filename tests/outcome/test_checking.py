"""The dry run: what it finds, what it costs, and that it is paid for once."""

import json

import blackboxes
import numpy as np
import pytest
from blackboxes import Counted, mean, softmax

from gausscape.errors import ConfigurationError, DataError
from gausscape.outcome import Outcome

MARKED = 13


def test_a_dry_run_prints_and_is_json_able(images):
    for model in (mean, softmax, lambda batch: np.where(mean(batch) > 0.5, np.nan, 1.0)):
        run = Outcome.of(model, name="shade", target=1 if model is softmax else None).check(images, planned=10)
        assert str(run).startswith("shade, ")
        assert "Understood: y is" in str(run)
        document = json.loads(json.dumps(run.document(), allow_nan=False))
        assert document["rows"] == 32
        assert document["warnings"] == list(run.warnings)


def test_a_dry_run_is_paid_for_once_and_its_answers_are_remembered(images):
    model = Counted()
    outcome = Outcome.of(model)
    run = outcome.check(images[:32])
    assert run.calls == outcome.calls == 1 + 3 * 32 + 8
    outcome(images[:32])
    assert outcome.check(images[:32], planned=7).planned == 7
    assert outcome.calls == model.objects == run.calls


def test_a_constant_y_is_said(images):
    run = Outcome.of(lambda batch: np.full(len(batch), 0.25)).check(images)
    assert run.is_constant
    assert any("nothing to explain" in warning for warning in run.warnings)
    one_class = Outcome.of(lambda batch: ["cat"] * len(batch), target="cat").check(images)
    assert one_class.is_constant
    assert not Outcome.of(mean).check(images).is_constant
    assert not Outcome.of(mean).check(images[:1]).is_constant
    assert not Outcome.of(mean).check(images[[0] * 10]).is_constant


def test_a_small_budget_tries_fewer_objects(images):
    outcome = Outcome.of(mean, budget=30)
    run = outcome.check(images)
    assert outcome.calls <= 30
    assert 1 < run.rows < 32
    with pytest.raises(ConfigurationError, match="budget"):
        Outcome.of(mean, budget=3).check(images)


def test_sorted_data_are_tried_throughout(images):
    ordered = images[np.argsort(mean(images))].repeat(10, axis=0)
    run = Outcome.of(mean).check(ordered)
    assert run.low == mean(images).min()
    assert run.high == mean(images).max()


def test_a_case_that_fails_in_the_dry_run_is_reported(poisoned):
    run = Outcome.of(blackboxes.raises).check(poisoned[:32])
    assert [(f.row, f.kind) for f in run.failures] == [(MARKED, "error")]
    assert "failed on 1 of 32" in run.warnings[0]


def test_a_model_that_takes_single_objects_only_is_told_what_to_do(images):
    def single(batch):
        if len(batch) > 1:
            raise ValueError("one at a time")
        return [float(batch.mean())]

    with pytest.raises(ConfigurationError, match="batch=1"):
        Outcome.of(single).check(images)
    run = Outcome.of(single, batch=1).check(images)
    assert run.rows == 32
    np.testing.assert_allclose(Outcome.of(single, batch=1)(images).values, mean(images))


def test_a_check_needs_an_object(images):
    with pytest.raises(DataError, match="none came"):
        Outcome.of(mean).check(images[:0])


def test_a_model_that_answers_once_and_never_again_is_refused(images):
    asked = []

    def flaky(batch):
        asked.append(len(batch))
        if len(asked) > 1:
            raise OSError("gone")
        return mean(batch)

    for batch in (1, 256):
        asked.clear()
        with pytest.raises(ConfigurationError, match="32 real objects, but: OSError: gone"):
            Outcome.of(flaky, batch=batch).check(images)
