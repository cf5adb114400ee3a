"""A model in a process of its own: what hangs or dies costs its own answer and no other."""

import os
import subprocess
import sys
import threading

import blackboxes
import numpy as np
import pytest

from gausscape.errors import ConfigurationError, GausscapeError
from gausscape.outcome import Outcome

MARKED = 13


@pytest.fixture
def outcomes():
    """Makes outcomes whose processes end with the test."""
    made = []

    def make(*args, **settings):
        made.append(Outcome.of(*args, **settings))
        return made[-1]

    yield make
    for outcome in made:
        outcome.close()


def check_only_the_marked_failed(answers, objects, kind, words):
    assert [(f.row, f.kind) for f in answers.failures] == [(MARKED, kind)]
    assert words in answers.failures[0].message
    np.testing.assert_allclose(np.delete(answers.values, MARKED), np.delete(blackboxes.mean(objects), MARKED))


def test_the_answers_are_those_of_the_model_and_come_from_another_process(images, outcomes):
    np.testing.assert_allclose(outcomes("blackboxes:mean", isolate=True)(images).values, blackboxes.mean(images))
    np.testing.assert_allclose(outcomes(blackboxes.mean, isolate=True)(images).values, blackboxes.mean(images))
    where = outcomes("blackboxes:process_number", isolate=True)
    numbers = set(where(images).values)
    assert len(numbers) == 1
    assert os.getpid() not in numbers


def test_a_model_that_raises_does_so_there_too_with_its_own_traceback(poisoned, images, outcomes):
    outcome = outcomes("blackboxes:raises", isolate=True)
    check_only_the_marked_failed(outcome(poisoned), poisoned, "error", "ValueError: cannot bear the mark")
    with pytest.raises(ConfigurationError, match=r"(?s)cannot bear.*blackboxes\.py"):
        outcomes("blackboxes:raises", isolate=True).check(poisoned[[MARKED, 0]])


def test_P5_a_case_that_hangs_is_stopped_and_the_rest_go_on(poisoned, outcomes):
    outcome = outcomes("blackboxes:hangs", timeout=1.0, batch=4)
    check_only_the_marked_failed(outcome(poisoned), poisoned, "timeout", "no answer within 1 s")
    used = outcome.calls
    assert outcome(poisoned).failures[0].kind == "timeout"
    assert outcome.calls == used


def test_P5_a_model_too_slow_for_its_batch_is_asked_in_smaller_ones(images, outcomes):
    answers = outcomes("blackboxes:slow", timeout=1.0)(images)
    assert not answers.failed.any()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("segfaults", "crash (signal 11, SIGSEGV)"),
        ("leaves_at_once", "crash (exit code 0)"),
        ("exits", "sys.exit(3)"),
        ("interrupts_itself", "KeyboardInterrupt"),
        ("is_killed", "crash (signal 9, SIGKILL)"),
    ],
)
def test_P9_a_case_that_takes_the_process_down_is_a_crash_and_the_process_is_replaced(poisoned, outcomes, model, words):
    outcome = outcomes(f"blackboxes:{model}", isolate=True, batch=4)
    check_only_the_marked_failed(outcome(poisoned), poisoned, "crash", words)
    assert len(outcome(poisoned[:3]).values) == 3


def test_P9_a_case_that_crashes_once_by_chance_is_tried_a_second_time(poisoned, outcomes, tmp_path, monkeypatch):
    monkeypatch.setenv("BLACKBOX_MARKER", str(tmp_path / "marker"))
    outcome = outcomes("blackboxes:crashes_once", isolate=True, batch=1)
    assert not outcome(poisoned[[0, MARKED]]).failed.any()
    assert outcome.calls == 3


def test_P9_a_poison_case_is_stopped_after_two_tries(poisoned, outcomes):
    outcome = outcomes("blackboxes:leaves_at_once", isolate=True, batch=1)
    assert outcome(poisoned[[MARKED]]).failures[0].kind == "crash"
    assert outcome.calls == 2


def test_P9_a_model_that_always_dies_is_given_up(images, outcomes, monkeypatch):
    monkeypatch.setattr("gausscape.outcome.calling.MOST_IN_A_ROW", 3)
    outcome = outcomes("blackboxes:always_dies", isolate=True, batch=1)
    with pytest.raises(ConfigurationError, match=r"3 objects in a row: crash \(exit code 5\)"):
        outcome(images)
    assert outcome.calls == 6


@pytest.mark.parametrize("model", [lambda batch: batch, threading.Lock().acquire_lock, open(os.devnull).write])  # noqa: SIM115
def test_P10_what_cannot_be_pickled_is_refused_with_the_way_out(model):
    for settings in ({"isolate": True}, {"timeout": 1.0}):
        with pytest.raises(ConfigurationError, match="'module:function' instead"):
            Outcome.of(model, **settings)
    Outcome.of(model)


def test_P10_a_model_that_does_not_load_there_is_named(images, outcomes):
    with pytest.raises(ConfigurationError, match="no 'nosuch'"):
        outcomes("blackboxes:nosuch", isolate=True).check(images)


def test_P10_objects_that_cannot_be_sent_are_failing_cases(outcomes):
    answers = outcomes("blackboxes:mean", isolate=True)([threading.Lock()])
    assert answers.failures[0].kind == "error"
    assert "pickle" in answers.failures[0].message


def test_an_isolated_model_is_checked_as_any_other(images, outcomes):
    run = outcomes("blackboxes:mean", timeout=30.0).check(images)
    assert run.is_deterministic
    assert not run.warnings


def test_closing_ends_the_process_and_the_next_call_starts_another(images, outcomes):
    outcome = outcomes("blackboxes:process_number", isolate=True)
    first = outcome(images[:1]).values[0]
    outcome.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(first), 0)
    assert outcome(images[1:2]).values[0] != first


def test_a_script_without_a_main_part_is_told_so(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\n"
        "from gausscape.outcome import Outcome\n"
        "Outcome.of('math:sqrt', isolate=True)(np.zeros((1, 2)))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "ConfigurationError" in done.stderr.splitlines()[-1]
    assert "if __name__ == '__main__':" in done.stderr.splitlines()[-1]


def test_every_refusal_here_is_of_the_family():
    with pytest.raises(GausscapeError):
        Outcome.of(lambda batch: batch, isolate=True)
