"""Models that raise, lie, linger, or leave: a failing case stays a case, and what is the caller's stays as it was."""

import importlib
import os
import random
import signal
import time

import blackboxes
import numpy as np
import pandas as pd
import pytest
import torch
from blackboxes import Counted, mean, softmax

from gausscape.errors import ConfigurationError, GausscapeError, ShapeError
from gausscape.outcome import Outcome

MARKED = 13


def test_P1_raising_on_the_first_call_stops_the_dry_run_with_the_traceback(images):
    def unlucky(batch):
        raise ZeroDivisionError("no luck today")

    model = Counted(unlucky)
    outcome = Outcome.of(model)
    with pytest.raises(GausscapeError, match="ZeroDivisionError: no luck today") as caught:
        outcome.check(images)
    assert 'raise ZeroDivisionError("no luck today")' in str(caught.value)
    assert __file__ in str(caught.value)
    assert "gausscape/outcome" not in str(caught.value)
    assert model.objects == outcome.calls == 1


@pytest.mark.parametrize("batch", [1, 5, 256])
def test_P2_a_case_that_raises_is_a_case_and_the_others_are_scored(poisoned, batch):
    outcome = Outcome.of(blackboxes.raises, batch=batch)
    answers = outcome(poisoned)
    assert [(f.row, f.kind, f.message) for f in answers.failures] == [
        (MARKED, "error", "ValueError: cannot bear the mark")
    ]
    assert np.isnan(answers.values[MARKED])
    np.testing.assert_allclose(np.delete(answers.values, MARKED), np.delete(blackboxes.mean(poisoned), MARKED))
    assert answers.failure_rate == 1 / 40
    # A batch that fails is halved: each half is sent once more, down to the one case.
    assert outcome.calls <= 4 * len(poisoned)
    used = outcome.calls
    assert outcome(poisoned).failures == answers.failures
    assert outcome.calls == used


def test_P2_a_thousand_cases_with_one_poison_cost_little_more():
    objects = np.random.default_rng(1).random((1000, 2, 2))
    objects[617, 0, 0] = 99
    outcome = Outcome.of(blackboxes.raises)
    answers = outcome(objects)
    assert [f.row for f in answers.failures] == [617]
    assert outcome.calls < 1000 + 2 * 256 + 256


def test_P2_a_model_that_fails_on_everything_is_told_from_one_that_fails_on_a_case(images):
    def never(batch):
        raise ValueError("never")

    answers = Outcome.of(never)(images)
    assert answers.failed.all()
    assert answers.failure_rate == 1


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (lambda batch: mean(batch)[:-1], r"expected \(32,\) or \(32, k\), got \(31,\)"),
        (lambda batch: mean(batch)[None], r"got \(1, 32\)"),
        (lambda batch: np.zeros((len(batch), 2, 2)), r"got \(\d+, 2, 2\)"),
        (lambda batch: np.zeros((len(batch), 0)), r"got \(\d+, 0\)"),
        (lambda batch: None, "got None.*return missing"),
        (lambda batch: (value for value in mean(batch)), "got a generator"),
        (lambda batch: {"y": 1}, "got a dict"),
        (lambda batch: 0.5, r"got \(\)"),
        (lambda batch: [[1, 2]] * (len(batch) - 1) + [[1]], "no array"),
        (lambda batch: pd.DataFrame({"y": mean(batch)}, index=range(7, 7 + len(batch))), "another index"),
        (lambda batch: pd.Series(mean(batch), index=range(len(batch))[::-1]), "another index"),
        (lambda batch: ["a"] * (len(batch) - 1) + [3], "text and int"),
        (lambda batch: np.zeros(len(batch), dtype="M8[s]"), "datetime"),
        (lambda batch: np.zeros(len(batch), dtype=complex), "complex"),
    ],
)
def test_P3_an_answer_of_another_form_is_refused_in_the_dry_run(images, answer, came):
    def model(batch):
        return mean(batch) if len(batch) == 1 and answer(batch) is not None and "31" in came else answer(batch)

    with pytest.raises(ShapeError, match=came):
        Outcome.of(model, target=None).check(images)


def test_P3_a_frame_that_keeps_its_index_is_read_by_position():
    frame = pd.DataFrame({"x": [3.0, 1.0, 2.0]}, index=["c", "a", "b"])
    assert Outcome.of(lambda rows: rows["x"] * 2)(frame).values.tolist() == [6, 2, 4]
    with pytest.raises(ShapeError, match="another index"):
        Outcome.of(lambda rows: rows["x"].sort_values()).check(frame)


def test_P3_texts_are_labels_and_never_numbers(images):
    with pytest.raises(ConfigurationError, match="labels"):
        Outcome.of(lambda batch: [f"{value:.1f}" for value in mean(batch)]).check(images)


def test_P3_a_later_answer_of_another_form_is_a_failing_case(poisoned):
    def model(batch):
        return mean(batch) if (batch[:, 0, 0] != 99).all() else softmax(batch, 2)

    answers = Outcome.of(model, batch=4)(poisoned)
    assert [(f.row, f.kind) for f in answers.failures] == [(MARKED, "error")]


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
def test_P4_a_number_that_is_not_finite_is_a_failure_and_not_dropped(images, strange):
    answers = Outcome.of(lambda batch: np.where(mean(batch) > 0.5, strange, 1.0))(images)
    np.testing.assert_array_equal(answers.failed, mean(images) > 0.5)
    assert {f.kind for f in answers.failures} == {"not finite"}
    assert len(answers) == len(images)
    assert np.isnan(answers.values[answers.failed]).all()


def test_P4_what_is_no_probability_is_a_failure(images):
    def model(batch):
        vectors = softmax(batch, 2)
        vectors[mean(batch) > 0.6] *= 2
        vectors[mean(batch) < 0.4] = [-0.5, 1.5]
        return vectors

    outcome = Outcome.of(model)
    answers = outcome(images)
    bright, dark = mean(images) > 0.6, mean(images) < 0.4
    assert bright.any()
    assert dark.any()
    np.testing.assert_array_equal(answers.failed, bright | dark)
    assert {f.kind for f in answers.failures} == {"not a probability"}
    messages = {f.row: f.message for f in answers.failures}
    assert (
        "sum to 2" in messages[int(np.flatnonzero(bright)[0])] or "outside" in messages[int(np.flatnonzero(bright)[0])]
    )
    assert "outside [0, 1]" in messages[int(np.flatnonzero(dark)[0])]
    assert any("not a probability" in warning for warning in outcome.check(images).warnings)
    said = Outcome.of(lambda batch: 3 * mean(batch), kind="probability")(images)
    np.testing.assert_array_equal(said.failed, 3 * mean(images) > 1)


def test_P5_a_slow_model_is_timed_and_the_planned_calls_estimated(images):
    def slow(batch):
        time.sleep(0.002 * len(batch))
        return mean(batch)

    run = Outcome.of(slow).check(images, planned=5000)
    assert run.seconds_per_object >= 0.002
    assert run.estimated_seconds == 5000 * run.seconds_per_object
    assert "5,000 calls take about" in str(run)


def test_P6_a_model_that_is_not_deterministic_has_a_noise_floor(images):
    noise = np.random.default_rng(0)
    run = Outcome.of(lambda batch: mean(batch) + noise.normal(0, 0.1, len(batch))).check(images)
    assert not run.is_deterministic
    # Differences of two answers have sd .1 sqrt(2); 32 of them put the estimate within a factor 2 but once in 1e6.
    assert 0.07 < run.noise < 0.29
    assert any("asked again" in warning for warning in run.warnings)
    assert not run.is_batch_dependent
    same = Outcome.of(mean).check(images)
    assert same.is_deterministic
    assert same.noise == 0


def test_P6_noise_from_the_global_stream_is_seen_although_the_stream_is_put_back(images, untouched_randomness):
    def noisy(batch):
        return mean(batch) + np.random.normal(0, 0.1, len(batch)) + torch.rand(1).item()  # noqa: NPY002

    run = Outcome.of(noisy).check(images)
    assert not run.is_deterministic
    assert "NumPy's global random numbers" in run.side_effects


def test_P7_answers_that_change_with_the_batch_or_its_order_are_warned_of(images):
    normed = Outcome.of(lambda batch: mean(batch) - mean(batch).mean()).check(images)
    assert normed.is_batch_dependent
    assert normed.is_deterministic
    assert any("training mode" in warning for warning in normed.warnings)
    ordered = Outcome.of(lambda batch: np.cumsum(mean(batch))).check(images)
    assert ordered.is_batch_dependent
    layer = torch.nn.BatchNorm1d(16)

    def network(batch):
        return (
            layer(torch.tensor(batch, dtype=torch.float32).flatten(1)).detach()[:, 0]
            if len(batch) > 1
            else torch.zeros(1)
        )

    assert Outcome.of(network).check(images).is_batch_dependent
    assert not Outcome.of(mean).check(images).is_batch_dependent


def test_P7_a_model_that_keeps_count_is_not_deterministic(images):
    state = iter(range(10**6))
    assert not Outcome.of(lambda batch: mean(batch) + next(state)).check(images).is_deterministic


def test_P8_the_callers_data_folder_streams_and_threads_stay_as_they_were(images, tmp_path, untouched_randomness):
    def rude(batch):
        batch *= 0
        os.chdir(tmp_path)
        np.random.seed(1)  # noqa: NPY002
        torch.manual_seed(2)
        torch.set_num_threads(2)
        return np.zeros(len(batch))

    before, folder, threads = images.copy(), os.getcwd(), torch.get_num_threads()
    outcome = Outcome.of(rude)
    run = outcome.check(images)
    outcome(images)
    np.testing.assert_array_equal(images, before)
    assert os.getcwd() == folder
    assert torch.get_num_threads() == threads
    assert run.changes_input
    assert set(run.side_effects) >= {"the current folder", "torch's threads", "NumPy's global random numbers"}
    assert not Outcome.of(mean).check(images).changes_input


@pytest.mark.parametrize("reseeds", [False, True])
def test_P8_to_import_is_not_to_draw_but_to_reseed_is(images, tmp_path, monkeypatch, untouched_randomness, reseeds):
    # As many libraries do: something is drawn while they are imported, once.
    (tmp_path / f"lazy_{reseeds}.py").write_text("import random\nrandom.random()\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def lazy(batch):
        importlib.import_module(f"lazy_{reseeds}")
        if reseeds:
            random.seed(1)
        return mean(batch)

    run = Outcome.of(lazy).check(images)
    assert run.side_effects == (("Python's global random numbers",) if reseeds else ())
    assert any("random numbers" in warning for warning in run.warnings) == reseeds


@pytest.mark.parametrize("kind", ["frame", "list"])
def test_P8_frames_and_lists_are_handed_over_as_copies(kind):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "t": ["a", "b", "c"]})
    values = frame if kind == "frame" else [{"x": [1.0]}, {"x": [2.0]}, {"x": [3.0]}]

    def rude(batch):
        if kind == "frame":
            batch["x"] = 0.0
            batch.loc[batch.index[0], "t"] = "z"
            batch["new"] = 1
        else:
            batch[0]["x"][0] = 9.0
            batch.clear()
        return np.zeros(len(batch)) if kind == "frame" else None

    before = values.copy(deep=True) if kind == "frame" else [{"x": [1.0]}, {"x": [2.0]}, {"x": [3.0]}]
    Outcome.of(rude)(values)
    assert values.equals(before) if kind == "frame" else values == before


def test_P9_what_a_model_raises_to_leave_is_a_failing_case_in_this_process_too(poisoned):
    for model, words in ((blackboxes.exits, "sys.exit(3)"), (blackboxes.interrupts_itself, "KeyboardInterrupt")):
        answers = Outcome.of(model)(poisoned)
        assert [(f.row, f.kind) for f in answers.failures] == [(MARKED, "crash")]
        assert words in answers.failures[0].message


def test_P9_a_real_ctrl_c_still_stops(images):
    def waits(batch):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
        return mean(batch)

    # A shell's background job is started with the signal ignored, and so would Python be.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        outcome = Outcome.of(waits)
        with pytest.raises(KeyboardInterrupt):
            outcome(images)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
