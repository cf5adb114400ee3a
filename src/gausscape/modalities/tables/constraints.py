"""Constraints: what every generated row obeys. Rows that break one are changed as little as it takes, and checked."""

__all__ = ["Constraints"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.modalities.tables.constraint import Constraint, Rows, as_rows, read_rows
from gausscape.modalities.tables.constraint_text import parse_constraint
from gausscape.modalities.tables.domains import Domains, domain_of
from gausscape.modalities.tables.frames import Column, find_library
from gausscape.modalities.tables.joined_constraints import IfThen
from gausscape.modalities.tables.legal_values import LegalValues, legal_values
from gausscape.modalities.tables.relation_constraints import Sum
from gausscape.modalities.tables.schema import TableColumn

MOST_PASSES = 60
TRIALS = 64


@final
@dataclass(frozen=True)
class Constraints:
    """Several constraints on the columns of one table, all of which hold after mending.

    Mending is domain propagation and choice: all values that the constraints rule out are closed, one column after the
    other takes the open value nearest to its own (levels first, then whole numbers, sums last), and after each choice
    what it rules out is closed as well (Apt 2003, Principles of constraint programming, chapters 6 and 7). A row that
    breaks nothing is not touched.

    Args:
        parts: The constraints.

    Example:
        >>> from gausscape.modalities.tables.example import example_items
        >>> from gausscape.modalities.tables.modality import TableModality
        >>> frame = example_items()
        >>> columns = TableModality.infer(frame).columns
        >>> constraints = Constraints.of(["amount between 10 and 50", "if city == 'Graz' then items <= 2"], columns)
        >>> {text: bool(rows.any()) for text, rows in constraints.broken(frame).items()}
        {'amount >= 10 and amount <= 50': True, "if city == 'Graz' then items <= 2": True}
        >>> any(rows.any() for rows in constraints.broken(constraints.mend(frame)).values())
        False
    """

    parts: tuple[Constraint, ...]

    @classmethod
    def of(
        cls, texts: Sequence[Any], columns: Sequence[TableColumn], *, places: Mapping[str, str] | None = None
    ) -> "Constraints":
        """Read constraints and make sure that they can all hold at once.

        Args:
            texts: Sentences, or constraints that were read before.
            columns: Of the fitted table.
            places: " on line N" of the schema by sentence, for messages.

        Raises:
            ConfigurationError: If one cannot be read, names no column, or contradicts another.
        """
        if isinstance(texts, str) or not isinstance(texts, Sequence):
            raise ConfigurationError(
                f"Constraints need a list of sentences, but got {texts!r:.60}. Write ['age between 18 and 95'], say."
            )
        legal = legal_values(columns)
        parts: list[Constraint] = []
        for text in texts:
            try:
                parts.append(text if isinstance(text, Constraint) else parse_constraint(text, legal))
            except ConfigurationError as error:
                if not (place := (places or {}).get(str(text), "")):
                    raise
                raise ConfigurationError(f"{error} It stands{place} of the schema.") from None
        made = cls(tuple(parts))
        made._refuse_contradictions()
        return made

    @property
    def texts(self) -> tuple[str, ...]:
        """The constraints as sentences."""
        return tuple(part.text for part in self.parts)

    @property
    def required(self) -> frozenset[str]:
        """Names of the columns that are never missing."""
        return frozenset(name for part in self.parts if not isinstance(part, IfThen) for name in part.required)

    @property
    def read(self) -> tuple[LegalValues, ...]:
        """All columns that some constraint looks at."""
        return tuple({column.name: column for part in self.parts for column in part.read}.values())

    def broken(self, frame: Any) -> dict[str, np.ndarray]:
        """Where each constraint does not hold, by its text, each (n,)."""
        rows = read_rows(frame, self.read)
        return {part.text: part.broken_rows(rows) for part in self.parts}

    def broken_columns(self, columns: Sequence[Column]) -> dict[str, np.ndarray]:
        """As `broken`, on columns that were read before."""
        rows = as_rows({str(column.name): column for column in columns}, self.read)
        return {part.text: part.broken_rows(rows) for part in self.parts}

    def mend(self, frame: Any) -> Any:
        """The table with all constraints held; the same library, a fresh index.

        Raises:
            DataError: If some row cannot hold them all; those in conflict are named.
        """
        library = find_library(frame)
        columns = [library.read(frame, name) for name in library.names(frame)]
        return library.build(self.mended(columns), len(frame))

    def mended(self, columns: Sequence[Column], *, open_in: dict[str, np.ndarray] | None = None) -> list[Column]:
        """As `mend`, on columns; those of no constraint are passed on.

        Args:
            columns: To mend.
            open_in: By name, in which rows a column may change, (n,); None for all. Where the held values alone break a
                constraint, the others are obeyed as far as that goes, and nothing is raised.
        """
        by_name = {str(column.name): column for column in columns}
        before = as_rows(by_name, self.read)
        if open_in is not None:
            held = {name: ~rows for name, rows in open_in.items()}
            after, failed = self._propagated(before, held)
            if failed.any():
                some = {name: values[failed] for name, values in before.items()}
                for name, values in self._one_by_one(some, {name: rows[failed] for name, rows in held.items()}).items():
                    after[name][failed] = values
            # What was not open is the value that came, to the last bit.
            return [
                column.joined(changed, open_in[str(column.name)]) if changed is not column else column
                for column in columns
                for changed in [self._written(column, after)]
            ]
        after, failed = self._settle(before)
        if failed.any():
            raise self._conflict(before, failed)
        changed = {legal.name: legal.write(after[legal.name], by_name[legal.name]) for legal in self.read}
        checked = as_rows(changed, self.read)
        for part in self.parts:
            still = part.broken_rows(checked)
            if still.any():
                raise self._conflict(before, still)
        return [changed.get(str(column.name), column) for column in columns]

    def _one_by_one(self, rows: Rows, held: Rows) -> Rows:
        """Rows that hold as many constraints as they can, taken in order, where they cannot hold all."""
        found = {name: values.copy() for name, values in rows.items()}
        for k, part in enumerate(self.parts):
            asked = {legal.name: found[legal.name] for legal in part.read}
            tried = found | Constraints((part,))._propagated(asked, held)[0]
            worse = [one.broken_rows(tried) & ~one.broken_rows(found) for one in self.parts[:k]]
            kept = np.logical_or.reduce([part.broken_rows(tried), *worse])
            found = {name: np.where(kept, found[name], values) for name, values in tried.items()}
        return found

    def _written(self, column: Column, rows: Rows) -> Column:
        legal = next((legal for legal in self.read if legal.name == str(column.name)), None)
        return column if legal is None else legal.write(rows[legal.name], column)

    # --- mending ------------------------------------------------------------------------------------------------

    def _settle(self, rows: Rows) -> tuple[Rows, np.ndarray]:
        """Rows with all constraints held, and where that was not possible, (n,)."""
        found, failed = self._propagated(rows)
        if failed.any() and len(next(iter(self._examples.values()))):
            # Closing values one constraint at a time can overlook what two rule out together. Such a row, a handful in a
            # thousand systems, becomes like the nearest row that is known to hold everything.
            nearest = self._nearest_example({name: values[failed] for name, values in found.items()})
            for name, values in found.items():
                values[failed] = np.where(np.isnan(values[failed]), np.nan, self._examples[name][nearest])
            failed[failed] = self._any_broken({name: values[failed] for name, values in found.items()})
        return found, failed

    def _nearest_example(self, rows: Rows) -> np.ndarray:
        distance = np.zeros((len(next(iter(rows.values()))), len(next(iter(self._examples.values())))))
        for legal in self.read:
            some = legal.typical
            scale = (some[-1] - some[0]) or 1.0
            away = np.abs(rows[legal.name][:, None] - self._examples[legal.name]) / scale
            distance += np.where(np.isnan(away), 0.0, away if legal.ordered else np.sign(away))
        return distance.argmin(1)

    def _propagated(self, rows: Rows, held: Rows | None = None) -> tuple[Rows, np.ndarray]:
        """As `_settle`, by domain propagation alone; `held` says where a column keeps its value, (n,) each."""
        found = {name: values.copy() for name, values in rows.items()}
        broken = self._any_broken(found)
        failed = np.zeros(len(broken), dtype=bool)
        if broken.any():
            some = {name: rows[broken] for name, rows in (held or {}).items()}
            part = self._chosen({name: values[broken] for name, values in found.items()}, some)
            for name, values in part.items():
                found[name][broken] = values
            failed[broken] = self._any_broken(part)
        return found, failed

    def _any_broken(self, rows: Rows) -> np.ndarray:
        return np.logical_or.reduce([part.broken_rows(rows) for part in self.parts])

    def _chosen(self, rows: Rows, held: Rows) -> Rows:
        active = [part.applies(rows) for part in self.parts]
        # What applies may change as rows change; it is only ever added to, so that this ends.
        while True:
            found = self._choose(rows, active, held)
            added = [part.applies(found) & ~here for part, here in zip(self.parts, active, strict=True)]
            if not any(more.any() for more in added):
                return found
            active = [here | more for here, more in zip(active, added, strict=True)]

    def _choose(self, rows: Rows, active: list[np.ndarray], held: Rows) -> Rows:
        found = {name: values.copy() for name, values in rows.items()}
        legal = {each.name: each for each in self.read}
        for part, here in zip(self.parts, active, strict=True):
            for name in part.required:
                some = legal[name].typical
                found[name][here & np.isnan(found[name])] = some[len(some) // 2]
        domains = {name: domain_of(each, np.isnan(found[name])) for name, each in legal.items()}
        for name, fixed in held.items():
            if name in domains:
                still = fixed & ~np.isnan(found[name])
                domains[name].within(np.where(still, found[name], -np.inf), np.where(still, found[name], np.inf))
        self._propagate(domains, active)
        for name in self._order():
            found[name] = domains[name].settle(found[name])
            self._propagate(domains, active)
        return found

    def _propagate(self, domains: Domains, active: list[np.ndarray]) -> None:
        for _ in range(MOST_PASSES):
            before = [domain.size for domain in domains.values()]
            for part, rows in zip(self.parts, active, strict=True):
                part.narrow(domains, rows)
            if before == [domain.size for domain in domains.values()]:
                return

    def _order(self) -> list[str]:
        """Names in the order of their choice: what conditions look at, then the coarsest, sums last."""
        asked = {column.name for part in self.parts if isinstance(part, IfThen) for column in part.condition_columns}
        totals = {part.total.name for part in self.parts if isinstance(part, Sum)}
        ranked = sorted(self.read, key=lambda legal: (legal.name not in asked, legal.coarseness, legal.name in totals))
        return [legal.name for legal in ranked]

    # --- contradictions -----------------------------------------------------------------------------------------

    def _refuse_contradictions(self) -> None:
        if not self.parts or not self._trial_fails():
            return
        for pair in combinations(self.parts, 2):
            if Constraints(pair)._trial_fails():
                raise ConfigurationError(
                    f"Constraints need to hold at once, but {pair[0].text!r} contradicts {pair[1].text!r}. Drop or widen one of them."
                )
        for part in self.parts:
            if Constraints((part,))._trial_fails():
                raise ConfigurationError(
                    f"A constraint needs values that its columns can hold, but {part.text!r} leaves none. Widen it."
                )
        raise ConfigurationError(
            f"Constraints need to hold at once, but these contradict each other: {'; '.join(self.texts)}. Drop or widen one of them."
        )

    def _trial_fails(self) -> bool:
        """Whether none of some made-up rows can be mended: as they come, or where a condition or two are made to hold."""
        own, failed = self._propagated(self._made_up(self))
        if failed.all():
            return True
        conditions = [part for part in self.parts if isinstance(part, IfThen)]
        always = tuple(part for part in self.parts if not isinstance(part, IfThen))
        for count in (1, 2):
            for chosen in combinations(conditions, count):
                forced = Constraints((*always, *(demand for part in chosen for demand in part.demands)))
                own, impossible = forced._propagated(self._made_up(self) | self._made_up(forced))
                # A condition that never holds demands nothing.
                if not impossible.all() and self._propagated(own)[1][~impossible].all():
                    return True
        return False

    @staticmethod
    def _made_up(constraints: "Constraints") -> Rows:
        rng = np.random.default_rng(0)
        return {legal.name: rng.choice(legal.typical, TRIALS) for legal in constraints.read}

    @cached_property
    def _examples(self) -> Rows:
        """Made-up rows that hold all constraints."""
        rows, failed = self._propagated(self._made_up(self))
        return {name: values[~failed] for name, values in rows.items()}

    def _conflict(self, rows: Rows, failed: np.ndarray) -> DataError:
        some = {name: values[failed] for name, values in rows.items()}
        named = self.texts
        for pair in combinations(self.parts, 2):
            two = Constraints(pair)
            if two._settle({legal.name: some[legal.name] for legal in two.read})[1].any():
                named = (pair[0].text, pair[1].text)
                break
        return DataError(
            f"Generated rows need to hold all constraints, but {int(failed.sum()):,} of {len(failed):,} cannot hold "
            f"{' and '.join(map(repr, named))} at once. Drop or widen one of them."
        )
