"""Watch: a fitted space follows a stream, window by window, and says when it changed, with a stated rate of false alarms."""

__all__ = ["Watch"]

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items
from gausscape.space.space import Space
from gausscape.watching.answers import Alarm, WindowReport
from gausscape.watching.conformal import Pool, VectorPool
from gausscape.watching.distance import measure_distance
from gausscape.watching.episodes import Episodes
from gausscape.watching.feature_pool import FeaturePool, FeatureRank
from gausscape.watching.history import WatchHistory
from gausscape.watching.identity import digest_of
from gausscape.watching.learning import Learning
from gausscape.watching.memory import Memory, threshold_for
from gausscape.watching.reference import Reference
from gausscape.watching.rows import Rows, held_out_rows, measure_rows
from gausscape.watching.settings import WatchSettings, parse_rate
from gausscape.watching.telling import carried_along, leading_part, tell_objects
from gausscape.watching.usual_features import UsualFeatures, window_mean
from gausscape.watching.usual_windows import REMEMBERED, UsualWindows, Waiting

FEWEST_RANKED = 200
MOST_RANKED = 2_000
COARSE = 25
MOST_FEATURES = 8
COUNTS: tuple[str, ...] = ("windows", "tested", "empty", "learned", "alarms", "events", "late", "objects")


class Watch:
    """Follows a stream: each window of objects is compared with what is usual, alone and together with those before it.

    Two tests share the stated rate of false alarms. The one of a single window ranks the most unusual of three numbers (shift
    of the mean code, mean rarity, mean residual) among usual windows, and the most unusual of the features that people know
    among those of usual windows; the smaller of both p-values counts, corrected for being the smaller of two. The one with a
    memory cumulates how far windows lie along the direction in which the windows before them lay, so that a small shift that
    stays is found too. What is usual are
    the space's held-out objects at first, or the first windows of the stream (`learn`), and then all windows of the stream
    until a change is beyond doubt.

    Assumed is that usual windows are exchangeable: they could as well have come in another order. Where they resemble their
    neighbours in time, or follow a season, take longer windows, `learn` and `season`.

    Make one with `Watch.begin`; `observe` changes it. Nothing here is random beyond the seed: the same windows give the same
    reports.

    Attributes:
        space: The fitted space.
        settings: How it was asked to watch.
        counts: Windows, tested, empty, learned, alarms, events, late, objects.
        episodes: Alarms that belong together.
        history: The last windows, for a figure.
        last: Number of the last window; None before the first.
        cursor: Where the stream goes on after it, if the stream said so.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> rng = np.random.default_rng(0)
        >>> space = fit(rng.normal(size=(600, 3)), latent=2, method="pca", modality="tables")
        >>> watch = Watch.begin(space, false_alarms=0.01)
        >>> usual = [watch.observe(rng.normal(size=(20, 3))).alarm is not None for _ in range(20)]
        >>> changed = watch.observe(rng.normal(size=(20, 3)) + [3, 0, 0])
        >>> sum(usual) <= 2, changed.alarm.features[0].direction
        (True, 'higher')

    References:
        Zambon, Alippi & Livi 2018, Concept drift and anomaly detection in graph streams (1706.06941).
        Vovk, Gammerman & Shafer 2005, Algorithmic learning in a random world, chapter 8.
    """

    def __init__(self, space: Space, settings: WatchSettings, *, rule: Any = None):
        self.space = space
        self.settings = settings
        self.identity = {"space": digest_of(space), "rule": rule, "settings": settings.document()}
        self.counts: dict[str, int] = {name: 0 for name in COUNTS}
        self.memory = Memory(threshold_for(settings.memory_rate))
        self.usual_features = UsualFeatures.of_space(space, seed=settings.seed)
        self.feature_pools = [FeaturePool.empty(len(self.usual_features.names)) for _ in range(settings.season)]
        self.episodes = Episodes(merge=settings.merge)
        self.history = WatchHistory(settings.false_alarms)
        self.learning: Learning | None = None
        self.reference: Reference | None = None
        self.windows: UsualWindows | None = None
        self.last: int | None = None
        self.cursor: dict[str, Any] | None = None

    @classmethod
    def begin(
        cls,
        space: Space,
        *,
        false_alarms: float | str = 0.01,
        reference: Any = None,
        learn: int = 0,
        season: int = 1,
        seed: int = 0,
        rule: Any = None,
    ) -> "Watch":
        """A watch before its first window.

        Args:
            space: A fitted space.
            false_alarms: Stated rate: share of usual windows that may be alarms, or words such as "1 in 1000 windows".
            reference: Objects that count as usual and that the space was not fitted on, in native form or Items; None for the
                held-out objects that the space keeps. Of those it keeps codes alone: with objects, features of windows of
                one object are ranked from the start, without them once 40 windows of the stream count as usual.
            learn: Number of windows of the stream that only teach what is usual, without alarms; 0 for none.
            season: Windows in one season: each is compared with windows of the same phase only (7 for days of a week).
            seed: Of everything random.
            rule: What made the windows, JSON-able; a saved state of another rule is refused.

        Raises:
            ConfigurationError: If a setting is impossible.
            CalibrationError: If the space keeps too little, and no reference came.
        """
        watch = cls(
            space,
            WatchSettings(parse_rate(false_alarms), learn=learn, season=season, seed=seed),
            rule=rule,
        )
        if learn and reference is not None:
            raise ConfigurationError(
                "What is usual needs one source, but both learn and reference were given. Leave one of them away."
            )
        if learn:
            watch.learning = Learning.start(season, len(space.live_axes) + 2)
        elif reference is None:
            watch.reference = Reference(held_out_rows(space, seed=seed), seed=seed)
        else:
            rows = measure_rows(space, Items.of(reference).values)
            watch.reference = Reference(np.random.default_rng([seed, 53]).permutation(rows.table), seed=seed)
            watch.identity["reference"] = hashlib.sha256(np.ascontiguousarray(rows.table).tobytes()).hexdigest()
            watch.usual_features = UsualFeatures.of_objects(rows.features)
            for values in rows.features.values:
                watch.feature_pools[0].join(values, 1.0, uniform=watch._rng(61, watch.feature_pools[0].joined).random())
        return watch

    @property
    def certified(self) -> float | None:
        """The smallest p-value of one window that usual windows can give by rank so far, 1 / (their number + 1)."""
        return None if self.windows is None else 1 / (1 + min(len(pool) for pool in self.windows.scores))

    def observe(
        self,
        items: Any,
        *,
        number: int | None = None,
        span: tuple[Any, Any] | None = None,
        events: int | None = None,
        late: int = 0,
        cursor: dict[str, Any] | None = None,
    ) -> WindowReport:
        """Take in the next window.

        Args:
            items: Its objects, in native form or Items; there may be none.
            number: Its number, larger than those before; None to count on.
            span: (start, end) of the window, to be told in reports.
            events: Events that it was made of; None for its objects.
            late: Events that came too late for it.
            cursor: Where the stream goes on after it, JSON-able; kept with the state.

        Returns:
            WindowReport; `.alarm` is None unless there is one.

        Raises:
            DataError: If the objects are not of the kind that was fitted, or the number is not larger than the last one.
        """
        items = Items.of(items)
        number = (0 if self.last is None else self.last + 1) if number is None else int(number)
        if self.last is not None and number <= self.last:
            raise DataError(
                f"A window needs a number larger than {self.last}, the last one that was watched, but got {number}. "
                "Each window counts once: go on after that one."
            )
        rows = measure_rows(self.space, items.values) if len(items) else None
        start, end = (None, None) if span is None else (str(span[0]), str(span[1]))
        report = WindowReport(
            number, start, end, len(items), len(items) if events is None else events, late, "empty", memory=self._memory
        )
        if rows is not None and self.learning is not None:
            report = self._learn(self.learning, rows, report)
        elif rows is not None and self.reference is not None and self.windows is not None:
            report = self._test(items, rows, report)
        elif rows is not None and self.reference is not None:
            # How many usual objects a window has is not known before the first one.
            self.windows = self._ranked(self.reference, self._drawn(self.reference, len(rows)))
            report = self._test(items, rows, report)
        self.last, self.cursor = number, cursor
        counted = {"windows": 1, report.counted_as: 1, "alarms": int(report.alarm is not None)}
        for name, value in (counted | {"events": report.events, "late": late, "objects": len(items)}).items():
            self.counts[name] += value
        return report

    def follow(self, windows: Any) -> Iterator[WindowReport]:
        """Reports of windows as they come: each has `number`, `start`, `end`, `items`, `events`, `late` and `cursor`."""
        for window in windows:
            yield self.observe(
                window.items,
                number=window.number,
                span=(window.start, window.end),
                events=window.events,
                late=window.late,
                cursor=window.cursor,
            )

    def __str__(self) -> str:
        counts = self.counts
        lines = [
            f"{counts['windows']:,} windows of {counts['objects']:,} objects: {counts['tested']:,} tested, {counts['learned']:,} "
            f"learned from, {counts['empty']:,} empty; {counts['late']:,} late events.",
            f"{counts['alarms']:,} alarm{'s'[: counts['alarms'] != 1]} in {self.episodes.count:,} "
            f"episode{'s'[: self.episodes.count != 1]}; by chance alone {self.settings.false_alarms * counts['tested']:,.1f} alarms "
            f"are expected (1 in {1 / self.settings.false_alarms:,.0f} windows).",
        ]
        if self.windows is not None and self.windows.doubtless:
            lines.append("The stream has changed beyond doubt: windows no longer count as usual until it is as before.")
        return "\n".join([*lines, *(f"  {each}" for each in self.episodes.kept[-10:])])

    def __repr__(self) -> str:
        return f"Watch({self.counts['windows']:,} windows, {self.counts['alarms']:,} alarms, {self.settings})"

    # --- one window ---------------------------------------------------------------------------------------------

    def _learn(self, learning: Learning, rows: Rows, report: WindowReport) -> WindowReport:
        learning.take_in(rows.table, report.number % self.settings.season, self._rng(59, report.number))
        means = window_mean(rows.features)
        self.usual_features.take_in(means, len(rows))
        self.feature_pools[report.number % self.settings.season].join(
            means, len(rows), uniform=self._rng(67, report.number).random()
        )
        if learning.windows >= self.settings.learn:
            self.reference = learning.reference(seed=self.settings.seed)
            self.windows = self._ranked(self.reference, learning.ranked(self.reference), learned=True)
            self.learning = None
        return replace(report, state="learning")

    def _test(self, items: Items, rows: Rows, report: WindowReport) -> WindowReport:
        reference, windows, m = self.reference, self.windows, len(rows)
        if reference is None or windows is None:
            return report
        phase, uniforms = report.number % self.settings.season, self._rng(47, report.number).random(6)
        vector, direction = reference.vector(rows.table), windows.direction()
        scores = reference.scores(vector, m)
        means = window_mean(rows.features)
        p, parts = windows.scores[phase].p_value(scores.combined, uniform=uniforms[0]), scores.probability
        rank = self.feature_pools[phase].rank(means, m, uniform=uniforms[4])
        if rank is not None:
            of_features = rank if rank.p < p else None
            # Exact if the two are independent, and safe if they rise and fall together.
            p, parts = 1 - (1 - min(p, rank.p)) ** 2, parts | {"features": rank.p}
        else:
            of_features = None
        drift_p, by = None, []
        if p <= self.settings.window_rate:
            by.append("window")
        if direction is not None:
            drift_p = windows.vectors[phase].p_value(vector, direction, uniform=uniforms[1])
            if self.memory.update(drift_p):
                by.append("memory")
        windows.weigh(p, drift_p)
        distance = measure_distance(reference, rows, limit=self.settings.window_rate)
        report = replace(
            report,
            state="watching",
            probability=p,
            parts=parts,
            distance=distance.value,
            lower=distance.lower,
            upper=distance.upper,
            usual=distance.usual,
            percentile=distance.percentile,
            drift_probability=drift_p,
            memory=1.0 if "memory" in by else self._memory,
        )
        picture = None
        if by:
            report, picture = self._alarmed(
                items, rows, report, tuple(by), vector, direction, scores.leading, of_features
            )
        self.history.add(report, picture)
        joined = windows.wait(Waiting(phase, vector, scores.combined, means, m), uniforms[2:])
        if joined is not None:
            self.usual_features.take_in(joined.features, joined.size)
            self.feature_pools[joined.phase].join(joined.features, joined.size, uniform=uniforms[5])
        return report

    def _alarmed(
        self,
        items: Items,
        rows: Rows,
        report: WindowReport,
        by: tuple[str, ...],
        vector: np.ndarray,
        direction: np.ndarray | None,
        leading: str,
        of_features: FeatureRank | None,
    ) -> tuple[WindowReport, Any]:
        means, m = window_mean(rows.features), float(len(rows))
        if "window" not in by and direction is not None and self.windows is not None:
            # What has been going on for a while shows in all those windows, not in the last one.
            recent = self.windows.queue[-REMEMBERED:]
            sizes = np.array([each.size for each in recent] + [len(rows)], dtype=np.float64)
            table = np.array([each.features for each in recent] + [means])
            known = np.isfinite(table)
            weights = np.where(known, sizes[:, None], 0.0)
            means = (np.where(known, table, 0.0) * weights).sum(0) / np.maximum(weights.sum(0), 1.0)
            vector, leading, m = direction, leading_part(direction), float(sizes.sum())
            of_features = None
        if of_features is not None:
            leading = "features"
            carried = of_features.sign * np.nan_to_num(rows.features.values[:, of_features.feature] - of_features.usual)
        else:
            standard = self.reference.standardise(rows.table) if self.reference is not None else rows.table
            carried = carried_along(standard, vector, leading)
        objects, order = tell_objects(self.space, items, carried)
        features = self.usual_features.differences(means, m, most=MOST_FEATURES)
        episode, opens = self.episodes.alarm(report.number, report.start, report.end, report.distance or 0.0)
        picture = self.space.modality.pictures(items.take(order[:1]).values)[0]
        return replace(report, alarm=Alarm(by, leading, episode, opens, objects, features)), picture

    # --- what usual windows look like -----------------------------------------------------------------------------

    def _drawn(self, reference: Reference, m: int) -> list[Waiting]:
        many = int(np.clip(np.ceil(2 / self.settings.window_rate), FEWEST_RANKED, MOST_RANKED))
        return [Waiting(0, vector, np.nan, np.zeros(0), m) for vector in reference.fresh_windows(m, many)]

    def _ranked(self, reference: Reference, windows: list[Waiting], *, learned: bool = False) -> UsualWindows:
        """Pools of windows that were drawn or learned, scored as windows of the stream are."""
        phases = [[each for each in windows if each.phase == phase] for phase in range(self.settings.season)]
        scores = [
            Pool(np.array([reference.scores(each.vector, each.size).combined for each in phase])) for phase in phases
        ]
        # Single held-out objects are as good as windows of one. Of larger windows too few are independent.
        stays = learned or windows[0].size == 1
        waits = not stays and windows[0].size > len(reference) / COARSE
        vectors = [np.array([each.vector for each in phase]) for phase in phases]
        return UsualWindows(scores, [VectorPool(each, stays=stays, waits=waits) for each in vectors])

    @property
    def _memory(self) -> float:
        return self.memory.level / self.memory.threshold

    def _rng(self, salt: int, number: int) -> np.random.Generator:
        return np.random.default_rng([self.settings.seed, salt, number % 2**63])
