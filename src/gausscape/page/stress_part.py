"""A stress test as a page has it: its levels, some scenarios of each, what was found, and how likely failure is."""

__all__ = ["write_stress"]

import re
from typing import Any

import numpy as np

from gausscape.items import Items
from gausscape.modality import Picture
from gausscape.page.asked import Asked
from gausscape.page.pack import bits, halves, planes, singles
from gausscape.page.pictures_part import write_pictures
from gausscape.page.real_failures_part import write_real_failures
from gausscape.page.wording import for_readers
from gausscape.space.support import Support
from gausscape.stress_testing import StressTest
from gausscape.stress_testing.failures.finding import Finding
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.probability.failure_probability import FailureProbability
from gausscape.stress_testing.response import Response
from gausscape.stress_testing.words import percent, probability_in_words

SHOWN = 12
RANDOM = re.compile(r"global random numbers; put back")
"""A matter of whoever keeps the model: nothing on the page depends on it."""
LABELS = [label.value for label in Support]


def write_stress(
    test: StressTest, *, space_id: str, items: Items | None = None, asked: Asked | None = None
) -> dict[str, Any]:
    """A stress test as the page has it.

    Args:
        test: The test.
        space_id: Of its space on this page.
        items: Real objects of the page, of the kind of that space; those that fail are shown.
        asked: Models of the page, among which the test's may be.
    """
    told = test.scenarios
    tails = list(dict.fromkeys([row.tail for row in test.levels] + told.tail.tolist()))
    levels = list(test.levels)
    rows, of_level = _chosen(test, levels)
    shown = told.take(rows)
    pictures = _pictures(test, shown.items, len(rows))
    worst = [
        picture
        for case in test.worst
        for item in (case.start, case.item)
        for picture in test.space.modality.pictures(item)[:1]
    ]
    return {
        "space": space_id,
        "outcome": test.outcome,
        "rule": test.rule,
        "referee": test.referee,
        "words": str(test),
        "levels": [_level(row, bool(test.rule)) for row in levels],
        "shown": {
            "tail": bits([tails.index(name) for name in shown.tail]),
            "level": bits(of_level),
            "exceedance": planes(shown.exceedance.probability, digits=3),
            "support": bits([LABELS.index(label) for label in shown.support]),
            "y": halves(shown.y),
            "kind": [str(kind) for kind in shown.kind],
            "nearest": [str(each) for each in shown.nearest],
            "u": halves(test.space.aggregate.whiten(shown.z) if len(rows) else []),
            "said": [str(each) for each in shown.answer],
            "judged": [str(each) for each in shown.judged],
        },
        "tails": tails,
        "pictures": write_pictures(pictures),
        "responses": [_response(response) for response in test.responses],
        "kinds": test.kinds,
        "findings": [_finding(finding) for finding in test.findings],
        "failure": None if test.failure_probability is None else _failure(test.failure_probability),
        "real_failures": None if asked is None else write_real_failures(test, items, asked),
        "worst": [
            {
                "id": str(case.centre),
                "y": case.start_y,
                "y_name": case.outcome,
                "worst_y": case.y,
                "distance": case.distance,
                "words": for_readers(str(case)),
                "broke": case.broke,
                "support": str(case.support),
                "kind": str(case.kind),
                "hit": None if case.fails is None else bool(case.fails),
            }
            for case in test.worst
        ],
        "worst_pictures": write_pictures(worst),
        "notes": [note for note in test.notes if not RANDOM.search(note)],
    }


def _chosen(test: StressTest, levels: list[LevelRow]) -> tuple[np.ndarray, list[int]]:
    """Rows of at most a dozen scenarios of each level, hits and other kinds among them, and the position of their level."""
    told = test.scenarios
    rows: list[int] = []
    of_level: list[int] = []
    for position, level in enumerate(levels[:256]):
        asked = (
            np.isnan(told.asked) if np.isnan(level.asked) else np.isclose(told.asked, level.asked, rtol=1e-9, atol=0)
        )
        own = np.flatnonzero((told.tail == level.tail) & asked)
        if np.isnan(level.asked) and np.isfinite(level.depth) and len(own) > level.n > 0:
            # Levels that were asked in standard deviations are told apart by their depth.
            own = own[np.argsort(np.abs(told.depth[own] - level.depth), kind="stable")[: level.n]]
        hits, others = own[told.fails[own]], own[~told.fails[own]]
        # No more than half are hits, unless there is nothing else: the picture is of the level, not of its failures.
        many = min(len(hits), max(SHOWN // 2, SHOWN - len(others)))
        chosen = np.sort(np.concatenate([hits[:many], others[: SHOWN - many]]))
        rows += chosen.tolist()
        of_level += [position] * len(chosen)
    return np.array(rows, dtype=np.int64), of_level


def _pictures(test: StressTest, items: Any, n: int) -> list[Picture]:
    if n:
        return test.space.modality.pictures(items)
    # A test may have no scenarios: then the centre says of which kind pictures are.
    centre = test.space.aggregate.unwhiten(np.zeros((1, len(test.space.live_axes))))
    return test.space.modality.pictures(test.space.decode(centre))


def _level(row: LevelRow, with_rule: bool) -> dict[str, Any]:
    return {
        "tail": row.tail,
        "level": _level_words(row),
        "exceedance": row.asked if np.isfinite(row.asked) else row.exceedance,
        "scenarios": row.n,
        "y": row.y[2],
        "y_low": row.y[0],
        "y_high": row.y[4],
        "hits": row.hits if with_rule else None,
        "rate": row.fail_share,
        "rate_low": row.fail_lower,
        "rate_high": row.fail_upper,
        "support": row.support,
        "depth": row.depth,
        "acceptance": row.acceptance,
        "judged": row.judged if with_rule else None,
        "real_y": row.real_y,
        "refused": row.refused,
    }


def _level_words(row: LevelRow) -> str:
    if np.isfinite(row.asked):
        return probability_in_words(row.asked)
    return f"{row.depth:.2g} standard deviations" if np.isfinite(row.depth) else "as designed"


def _response(response: Response) -> dict[str, Any]:
    return {
        "tail": response.tail,
        "at": singles(response.depths),
        "y": halves(response.y[:, 2]),
        "low": halves(response.y[:, 0]),
        "high": halves(response.y[:, 4]),
        "words": for_readers(str(response)),
        "exceedance": planes(response.exceedance, digits=3),
        "objects": halves(response.objects),
        "last_observed": response.last_observed,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "words": for_readers(str(finding)), "rate": finding.share, "low": finding.lower, "high": finding.upper, "scenarios": finding.n,
        "elsewhere": finding.elsewhere,
    }  # fmt: skip


def _failure(found: FailureProbability) -> dict[str, Any]:
    real = "No real objects came with the test."
    if found.observed is not None:
        hits, n = found.observed
        interval = f"{percent(found.observed_lower)} to {percent(found.observed_upper)}"
        are = "fails" if hits == 1 else "fail"
        real = f"Of {n:,} real objects {hits:,} {are}: {percent(hits / max(n, 1))} ({interval}, 90% interval)."
    return {
        "estimate": found.value, "low": found.lower, "high": found.upper, "calls": found.calls, "words": str(found), "real": real,
        "contradictions": list(found.notes), "objects": found.objects, "observed": _observed(found),
    }  # fmt: skip


def _observed(found: FailureProbability) -> dict[str, Any] | None:
    """What real objects say, and whether the estimate holds against it."""
    if found.observed is None:
        return None
    hits, n = found.observed
    low, high = found.observed_lower, found.observed_upper
    contradicts = "more" if low > found.upper else "less" if high < found.lower else ""
    return {"hits": hits, "n": n, "low": low, "high": high, "contradicts": contradicts}
