"""Tables: columns of several kinds become normal scores, grades, flags and choices, and come back in their own types."""

__all__ = ["TableModality"]

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gausscape.architectures import BLOCKS, WIDTH, read_sizes
from gausscape.errors import ConfigurationError, DamagedFileError, SchemaError, ShapeError
from gausscape.likelihoods import Categorical, LearnedGaussian, Likelihood, Product
from gausscape.modalities.tables.choices import Choices
from gausscape.modalities.tables.column_constraints import Fixed
from gausscape.modalities.tables.constraints import Constraints
from gausscape.modalities.tables.coupling import Coupled
from gausscape.modalities.tables.drafting import draft_schema
from gausscape.modalities.tables.frames import LIBRARIES, Column, Family, Library, find_library, library_named
from gausscape.modalities.tables.inferring import infer_table
from gausscape.modalities.tables.legal_values import legal_values
from gausscape.modalities.tables.networks import TableEncoder
from gausscape.modalities.tables.options import refuse_doubles
from gausscape.modalities.tables.parts import PARTS
from gausscape.modalities.tables.recipe import row_recipe
from gausscape.modalities.tables.schema import TableColumn, in_words
from gausscape.modalities.tables.schema_file import schema_text
from gausscape.modalities.tables.witnesses import witness_rows
from gausscape.modality import Autoencoder, Features, Modality, Picture, Tensors
from gausscape.networks import DenseDecoder
from gausscape.space.column_files import column_bytes, npz_bytes
from gausscape.space.comparisons import quoted

TABLE_KL_WEIGHT = 0.25
MOST_COUPLINGS = 200_000
HIDDEN_WEIGHT = 0.1
LARGE_BATCH = 512
FEWEST_FOR_LARGE_BATCHES = 2_000
SETTINGS = {"width": WIDTH, "blocks": BLOCKS, "coupled": bool}
UNCONSTRAINED = Constraints(())
TOLD = frozenset(f"_{name}" for name in ("id", "exceedance", "lower", "upper", "support", "nearest", "share"))
"""Columns that files of generated, completed and alarming rows have beside those of the fit; they are read past."""


class TableModality(Modality):
    """Rows of a table with columns of mixed kinds.

    Each column becomes cells with a likelihood of their own: normal scores with generalised Pareto tails, ordered grades,
    flags and categories. All likelihoods are proper, so that nats of one column compare with those of another. A column
    that had missing values also gets a cell "is missing", so that generated rows have gaps at the right rate.

    A missing value in a column that had none in the fit is allowed: the encoder was trained with masked columns, and
    generated rows never have a gap there. NaN and null mean the same; in polars and pyarrow they come back as null.

    Args:
        library: How the table came and how it goes back.
        columns: The columns, in order.
        ignored: Names of columns that are neither needed nor refused.
        notes: What was decided, for a reader.
        constraints: What every generated row obeys.
        immutable: Columns that stay when an object is moved (see `holding`).

    Example:
        >>> from gausscape.modalities.tables.example import example_items
        >>> frame = example_items()
        >>> tables = TableModality.infer(frame)
        >>> tensors = tables.to_tensors(frame)
        >>> inputs, target = tables.present(tensors, None)
        >>> back = tables.to_items(target["cells"])
        >>> back["city"].equals(frame["city"]), back["items"].equals(frame["items"])
        (True, True)
    """

    name = "tables"
    summary = "pandas, polars or pyarrow frames, or a 2-D array of numbers; one row an object"
    endings = (".parquet", ".csv", ".npz")

    def __init__(
        self,
        library: type[Library],
        columns: tuple[TableColumn, ...],
        *,
        ignored: tuple = (),
        notes: tuple[str, ...] = (),
        constraints: Constraints = UNCONSTRAINED,
        immutable: tuple = (),
    ):
        self.library = library
        self.constraints = constraints
        self.immutable = immutable
        self.columns = columns
        self.ignored = ignored
        self.notes = notes
        parts = [(c, place, part) for c, column in enumerate(columns) for place, part in enumerate(column.parts)]
        # Parts of one type stand side by side, so that hundreds of numeric columns are one block of the likelihood.
        parts.sort(key=lambda entry: PARTS.index(type(entry[2])))
        self._parts = [part for _, _, part in parts]
        self._places = _places(parts, len(columns))
        self._column_of_part = torch.tensor([c for c, _, _ in parts], dtype=torch.int64)
        widths = torch.tensor([part.cells for part in self._parts], dtype=torch.int64)
        self._part_of_cell = torch.repeat_interleave(torch.arange(len(parts)), widths)
        # The level that a one-hot cell stands for; -1 where the cell is the stored number itself.
        self._level_of_cell = torch.cat(
            [torch.arange(part.levels) if part.levels else torch.tensor([-1]) for part in self._parts]
        ).float()

    # -- learning -----------------------------------------------------------------------------------------------------

    @classmethod
    def accepts(cls, values: Any) -> bool:
        """Whether this is a pandas, polars or pyarrow frame or a 2-D array of numbers."""
        return any(library.owns(values) for library in LIBRARIES)

    @classmethod
    def infer(cls, values: Any, **options: Any) -> "TableModality":
        """Learn what each column is.

        Args:
            values: The table, at least 10 rows.
            options: `drop_empty` (set columns without any value aside), `columns` (names to use; all others are
                ignored), `ignore` (names to ignore), `numeric` (text to read as numbers; whole numbers with two values
                to keep on a scale), `categorical` (numbers that are codes), `ordinal` (columns with their levels in order),
                `rare` (share of the rows below which levels share a cell, 0.005; also by column), `unseen` ("error", or
                "rare" to take levels that come later as rare ones), `identifiers` ("warn", "keep", "ignore" or "refuse"),
                `constraints` (sentences that every generated row obeys), `immutable` (columns that `holding` holds),
                `schema` (a YAML file with all of these, see `schema_yaml`).

        Raises:
            DataError: If the table cannot be used; the message names the column and row.
            SchemaError: If it is not what a schema declares.
            ConfigurationError: If an option is unknown or names no column, or a constraint cannot be held.
        """
        found = infer_table(values, options)
        return cls(
            found.library,
            found.columns,
            ignored=found.ignored,
            notes=found.notes,
            constraints=found.constraints,
            immutable=found.immutable,
        )

    @classmethod
    def witnesses(cls, values: Any, known: Any = None) -> tuple[np.ndarray, Any]:
        """Rows with new levels, gaps, extremes or decimals; at most a few thousand a column over all parts."""
        return witness_rows(values, known)

    # -- tensors ------------------------------------------------------------------------------------------------------

    def to_tensors(self, values: Any) -> Tensors:
        """Rows as stored numbers: "values" (n, parts), float32, and "observed" (n, parts), bool.

        Columns may stand in another order, and in a frame of another library. Missing values are allowed in every
        column, also where the fit had none.

        Raises:
            SchemaError: If a column is missing, extra, double, of another type, or holds an unseen category.
            DataError: If a number is infinite.
        """
        library = find_library(values)
        names = library.names(values)
        self._check_names(names, library)
        n = len(values)
        stored = np.zeros((n, len(self._parts)), dtype=np.float32)
        observed = np.zeros((n, len(self._parts)), dtype=bool)
        differing: list[SchemaError] = []
        for column, places in zip(self.columns, self._places, strict=True):
            try:
                part, seen = column.store(library.read(values, column.name))
            except SchemaError as error:
                differing.append(error)
                continue
            stored[:, places], observed[:, places] = np.where(seen, part, 0), seen
        _refuse_differing(differing)
        return {"values": torch.from_numpy(stored), "observed": torch.from_numpy(observed)}

    def _check_names(self, names: list, library: type[Library]) -> None:
        known = [column.name for column in self.columns]
        if library.name == "numpy" and len(names) != len(known) and self.library is library:
            raise SchemaError(
                f"This space was fitted on {len(known)} columns, but an array with {len(names)} came. Pass all {len(known)}."
            )
        refuse_doubles(names)
        came, expected = set(names), set(known)
        missing = [name for name in known if name not in came]
        extra = [name for name in names if name not in expected and name not in self.ignored and name not in TOLD]
        if missing or extra:
            said = [f"{_list(missing)} {'is' if len(missing) == 1 else 'are'} missing"] if missing else []
            said += [f"{_list(extra)} {'was' if len(extra) == 1 else 'were'} not in the fit"] if extra else []
            raise SchemaError(
                f"The table needs the {len(known)} columns of the fit, but {' and '.join(said)}. "
                "Add what is missing and leave out what is extra; the order does not matter."
            )

    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        """Inputs {"values" (n, cells), "mask" (n, parts)} and target {"cells", "observed"}, both (n, cells).

        With a generator, in half of the rows each column is hidden from the encoder with a probability drawn from
        U(0, 0.5), and still scored: so the encoder learns to condition on any subset of columns. A hidden cell counts a
        tenth. Nobody can decode it as well as one that is shown, and at full weight the noise that a column learns would be
        that of guessing it: draws from the law of whole rows were 4% too wide then, and their tails too heavy by a third.
        """
        seen = tensors["observed"]
        stored = tensors["values"].index_select(1, self._part_of_cell)
        level = self._level_of_cell
        cells = torch.where(level < 0, stored, (stored == level).to(stored.dtype))
        observed = seen.to(stored.dtype).index_select(1, self._part_of_cell)
        cells = cells * observed
        shown = seen.to(stored.dtype)
        if generator is not None:
            n = len(stored)
            rate = 0.5 * torch.rand(n, 1, generator=generator) * (torch.rand(n, 1, generator=generator) < 0.5)
            kept = torch.rand(n, len(self.columns), generator=generator) >= rate
            shown = shown * kept[:, self._column_of_part].to(stored.dtype)
        wide = shown.index_select(1, self._part_of_cell)
        inputs = {"values": cells * wide, "mask": shown}
        return inputs, {"cells": cells, "observed": observed * (HIDDEN_WEIGHT + (1 - HIDDEN_WEIGHT) * wide)}

    # -- networks -----------------------------------------------------------------------------------------------------

    def likelihood(self, *, sources: Tensor | None = None) -> Likelihood:
        """The likelihood of all cells: one block for each type of part.

        Args:
            sources: Which cells are always observed, (cells,): then scores may lean on what these turned out to be (see
                `gausscape.modalities.tables.coupling`); None for cells that are independent given the code.
        """
        blocks = [
            block
            for kind in PARTS
            if (group := [part for part in self._parts if type(part) is kind])
            for block in kind.likelihoods(group)
        ]
        joined: list[Likelihood] = []
        for kind, run in itertools.groupby(blocks, key=type):
            columns = list(run)
            # Categorical columns side by side, scored at once, cost as much as one.
            several = kind is Categorical and len(columns) > 1
            joined += [Choices([column.cells for column in columns])] if several else columns
        if sources is not None and isinstance(joined[0], LearnedGaussian):
            cells = sum(block.cells for block in joined)
            if cells > 1 and cells * joined[0].cells <= MOST_COUPLINGS:
                return Coupled(joined, sources=sources)
        return Product(joined)

    def networks(
        self, latent: int, *, size: int, architecture: Any = None, tensors: Tensors | None = None
    ) -> Autoencoder:
        """Fresh networks: residual perceptrons, 64 wide below 1,000 rows, 96 below 5,000, else 128.

        Args:
            latent: Number of latent coordinates.
            size: Number of fitting rows.
            architecture: None, a mapping with "width", "blocks" and "coupled" (false for scores that are independent given the
                code), or a pair of own modules (encoder, decoder): the encoder takes {"values", "mask"} and gives (mean,
                log_std), the decoder takes z and gives the outputs.
            tensors: Some fitting rows.

        Raises:
            ConfigurationError: If the architecture cannot be used.
        """
        if isinstance(architecture, (tuple, list)):
            likelihood = self.likelihood()
            encoder, decoder = self._own(architecture, latent, likelihood, tensors)
            document = {"size": size, "architecture": {"own": [type(module).__name__ for module in architecture]}}
            return Autoencoder(encoder, decoder, likelihood, latent=latent, document=document)
        width = 64 if size < 1000 else 96 if size < 5000 else 128
        # A folder of an older version names no couplings, for it had none.
        usual = {"width": width, "blocks": 2, "coupled": tensors is not None}
        chosen = usual | read_sizes(architecture, SETTINGS, of="An architecture of tables", also="a pair of torch modules")
        target = {} if tensors is None else self.present(tensors, None)[1]
        seen = target["observed"].bool().all(0) if target else torch.ones(len(self._part_of_cell))
        likelihood = self.likelihood(sources=seen if chosen["coupled"] else None)
        sizes = {"width": chosen["width"], "blocks": chosen["blocks"]}
        encoder = TableEncoder(likelihood.cells + len(self._parts), latent, **sizes)
        decoder = DenseDecoder(latent, likelihood.outputs, **sizes)
        if target:
            cells, observed = target["cells"], target["observed"]
            typical = (cells * observed).sum(0) / observed.sum(0).clamp_min(1)
            decoder.start_at(likelihood.initial_output(torch.where(observed > 0, cells, typical)))
        return Autoencoder(encoder, decoder, likelihood, latent=latent, document={"size": size, "architecture": chosen})

    def _own(
        self, pair: Any, latent: int, likelihood: Likelihood, tensors: Tensors | None
    ) -> tuple[nn.Module, nn.Module]:
        if len(pair) != 2 or not all(isinstance(module, nn.Module) for module in pair):
            kinds = ", ".join(type(module).__name__ for module in pair)
            raise ConfigurationError(
                f"Own networks need a pair of torch modules (encoder, decoder), but got ({kinds}). Pass both."
            )
        encoder, decoder = pair
        if tensors is None:
            return encoder, decoder
        inputs, _ = self.present({name: tensor[:2] for name, tensor in tensors.items()}, None)
        n = len(inputs["values"])
        needs = (
            f"inputs['values'] {tuple(inputs['values'].shape)} and inputs['mask'] {tuple(inputs['mask'].shape)} "
            f"-> (mean, log_std), each {(n, latent)}"
        )
        try:
            with torch.no_grad():
                mean, log_std = encoder(inputs)
                shapes = tuple(mean.shape), tuple(log_std.shape)
        except Exception as error:
            raise ConfigurationError(
                f"The encoder needs to map {needs}, but it failed: {error}. Mend its forward."
            ) from error
        if shapes != ((n, latent), (n, latent)):
            raise ConfigurationError(
                f"The encoder needs to map {needs}, but gave shapes {shapes}. Mend its last layer."
            )
        try:
            with torch.no_grad():
                came = tuple(decoder(mean).shape)
        except Exception as error:
            raise ConfigurationError(
                f"The decoder needs to take z {(n, latent)}, but it failed: {error}. Mend its forward."
            ) from error
        if came != (n, likelihood.outputs):
            raise ConfigurationError(
                f"The decoder needs to give {(n, likelihood.outputs)} from z {(n, latent)}, but gave {came}. Mend its last layer."
            )
        return encoder, decoder

    # -- back ---------------------------------------------------------------------------------------------------------

    def to_items(self, cells: Tensor) -> Any:
        """Cells, a mean or a draw -> a table like the one that was fitted; of probabilities the largest wins.

        Raises:
            ShapeError: If the number of cells is not that of the table.
            DataError: If some row cannot hold all constraints.
        """
        columns = self._restored(cells)
        return self.library.build(self.constraints.mended(columns) if self.constraints.parts else columns, len(cells))

    def mended(self, cells: Tensor) -> dict[str, np.ndarray]:
        """Which rows at these cells (n, cells) had to be mended, by constraint, each (n,)."""
        return self.constraints.broken_columns(self._restored(cells)) if self.constraints.parts else {}

    def broken(self, values: Any) -> dict[str, np.ndarray]:
        """Which rows, as they came, break each constraint, each (n,)."""
        library = find_library(values)
        self._check_names(library.names(values), library)
        read = [library.read(values, column.name) for column in self.columns] if self.constraints.parts else []
        return self.constraints.broken_columns(read) if read else {}

    def constrained(self, constraints: Sequence[Any]) -> "TableModality":
        """The same table, whose generated rows obey these constraints too (see `gausscape.modalities.tables.constraints`).

        Raises:
            ConfigurationError: If one cannot be read, names no column, or contradicts another.
        """
        both = Constraints.of([*self.constraints.parts, *Constraints.of(constraints, self.columns).parts], self.columns)
        return TableModality(
            self.library, self.columns, ignored=self.ignored, notes=self.notes, constraints=both, immutable=self.immutable
        )

    def holding(self, value: Any) -> "TableModality":
        """The same table, whose generated rows keep the immutable columns as one row has them; what it lacks is left free.

        Args:
            value: A table with one row.

        Raises:
            ShapeError: If there are more rows, or none.
        """
        library = find_library(value)
        self._check_names(library.names(value), library)
        if len(value) != 1:
            raise ShapeError(f"Columns are held as one row has them, but {len(value)} rows came. Pass one row.")
        legal = legal_values(self.columns)
        fixed: list[Any] = []
        for name in self.immutable:
            column = library.read(value, name)
            number = float(legal[str(name)].read(column)[0])
            if not np.isnan(number):
                text = f"{quoted(str(name))} == {in_words(column, 0)!r}"
                fixed.append(Fixed(text, legal[str(name)], number))
        return self.constrained(fixed) if fixed else self

    def lacking(self, values: Any) -> np.ndarray:
        """Which columns have no value in each row, (n, columns), bool: what `filled` would fill."""
        library = find_library(values)
        self._check_names(library.names(values), library)
        return np.stack([self._fillable(column, library.read(values, column.name)) for column in self.columns], axis=1)

    def filled(self, values: Any, cells: Tensor) -> Any:
        """The rows with their gaps filled from cells (n, cells); what is there stays bit for bit, also under constraints.

        Where what is there breaks a constraint by itself, the gaps are filled as the cells say.
        """
        library = find_library(values)
        self._check_names(library.names(values), library)
        own = [library.read(values, column.name) for column in self.columns]
        gaps = {str(column.name): self._fillable(column, came) for column, came in zip(self.columns, own, strict=True)}
        restored = self._restored(cells, present=True)
        drawn = [column.kind.retyped(made, came) for column, made, came in zip(self.columns, restored, own, strict=True)]
        merged = [one.joined(other, gaps[str(one.name)]) for one, other in zip(own, drawn, strict=True)]
        if self.constraints.parts:
            merged = self.constraints.mended(merged, open_in=gaps)
        # Only what was filled is written: a column without gaps is the very column that came.
        return library.filled(values, [column for column in merged if gaps[str(column.name)].any()], gaps)

    @staticmethod
    def _fillable(column: TableColumn, came: Column) -> np.ndarray:
        gone = column.kind.read(came).missing if came.family is not Family.NOTHING else came.missing
        return gone & (column.family is not Family.NOTHING)

    @classmethod
    def draft_schema(cls, values: Any, **options: Any) -> str:
        """The schema that a table would have, for somebody to edit (see `gausscape.modalities.tables.drafting`)."""
        return draft_schema(values, options)

    def schema_yaml(self) -> str:
        """The schema as YAML: kinds of columns, orders, constraints; what `schema=` reads back (see `schema_file`)."""
        return schema_text(
            self.columns,
            ignored=self.ignored,
            constraints=self.constraints.texts,
            immutable=self.immutable,
            notes=self.notes,
        )

    def columns_of(self, values: Any) -> dict[str, np.ndarray]:
        """Each column by name as it stands: numbers (also those in text), dates, or levels as objects."""
        library = find_library(values)
        self._check_names(library.names(values), library)
        return {str(column.name): column.plain(library.read(values, column.name)) for column in self.columns}

    def _restored(self, cells: Tensor, *, present: bool = False) -> list[Column]:
        """Columns from cells; with `present` no value is missing, whatever the flags say."""
        total = len(self._part_of_cell)
        if cells.ndim != 2 or cells.shape[1] != total:
            raise ShapeError(
                f"This table needs cells of shape (n, {total}), but got {tuple(cells.shape)}. Pass a likelihood's mean or draw."
            )
        numbers = cells.detach().cpu().numpy().astype(np.float64)
        stored, start = np.zeros((len(numbers), len(self._parts))), 0
        for k, part in enumerate(self._parts):
            block = numbers[:, start : start + part.cells]
            stored[:, k] = block.argmax(1) if part.levels else block[:, 0]
            start += part.cells
        required = self.constraints.required
        for column, places in zip(self.columns, self._places, strict=True):
            if column.gaps and places and (present or str(column.name) in required):
                stored[:, places[-1]] = 0  # The value that the flag "is missing" hides is given instead.
        return [column.restore(stored[:, places]) for column, places in zip(self.columns, self._places, strict=True)]

    def pictures(self, values: Any) -> list[Picture]:
        """Each row as (name, text) pairs."""
        library = find_library(values)
        self._check_names(library.names(values), library)
        columns = [library.read(values, column.name) for column in self.columns]
        rows = range(len(values))
        return [Picture("rows", [(str(column.name), in_words(column, row)) for column in columns]) for row in rows]

    def picture_recipe(self) -> dict[str, Any] | None:
        """The text of each column from its cells (see `gausscape.modalities.tables.recipe`); None where one is a date or a duration.

        Of rows that a constraint mends, the text before mending.
        """
        first = np.concatenate([[0], np.cumsum([part.cells for part in self._parts])]).astype(int)
        starts = [[int(first[place]) for place in places] for places in self._places]
        return row_recipe(self.columns, starts, required=self.constraints.required)

    def to_file(self, values: Any, told: dict[str, np.ndarray], ending: str) -> bytes:
        """.parquet or .csv: the columns, and what is told under names with a leading _; .npz: an array as "items"."""
        if ending == ".npz":
            if not isinstance(values, np.ndarray):
                raise ConfigurationError("Rows of a frame need .parquet or .csv, but .npz came. Change the ending.")
            return npz_bytes({"items": values} | told)
        if isinstance(values, np.ndarray):
            columns = {f"column {k}": values[:, k] for k in range(values.shape[1])}
        else:
            import narwhals

            frame = narwhals.from_native(values, eager_only=True).to_pandas()
            columns = {name: frame[name].to_numpy() for name in frame.columns}
        beside = {f"_{name}": values for name, values in told.items() if values.ndim == 1}
        fitted = {str(column.name) for column in self.columns}
        return column_bytes(columns | {name: beside[name] for name in beside if name not in fitted}, ending)

    def features(self, cells: Tensor, observed: Tensor | None = None) -> Features:
        """Each column in its own units; the levels of a category as probabilities; NaN where a column is unobserved."""
        numbers = cells.detach().cpu().numpy().astype(np.float64)
        blocks = np.split(numbers, np.cumsum([part.cells for part in self._parts])[:-1], axis=1)
        starts = np.concatenate([[0], np.cumsum([part.cells for part in self._parts])])
        told: dict[str, np.ndarray] = {}
        for column, places in zip(self.columns, self._places, strict=True):
            if not places:
                continue
            own = column.features([blocks[place] for place in places])
            if observed is not None:
                seen = observed[:, int(starts[places[0]])].cpu().numpy() > 0
                flag = f"{column.name} is missing"
                own = {name: values if name == flag else np.where(seen, values, np.nan) for name, values in own.items()}
            told |= own
        return Features(tuple(told), np.stack(list(told.values()), axis=1))

    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The columns."""
        return tuple(str(column.name) for column in self.columns), self._column_of_part[self._part_of_cell].numpy()

    def document(self) -> dict:
        """JSON-able state."""
        return {
            "library": self.library.name,
            "columns": [column.document() for column in self.columns],
            "ignored": list(self.ignored),
            "notes": list(self.notes),
            # A table without constraints is written as it was before there were any.
            **({"constraints": list(self.constraints.texts)} if self.constraints.parts else {}),
            **({"immutable": list(self.immutable)} if self.immutable else {}),
        }

    @classmethod
    def from_document(cls, document: dict) -> "TableModality":
        """The modality with that state.

        Raises:
            DamagedFileError: If something in it is missing or strange.
        """
        try:
            columns = tuple(TableColumn.from_document(column) for column in document["columns"])
            return cls(
                library_named(document["library"]),
                columns,
                ignored=tuple(document["ignored"]),
                notes=tuple(document["notes"]),
                constraints=Constraints.of(document.get("constraints", []), columns),
                immutable=tuple(document.get("immutable", [])),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedFileError(
                f"A table's document needs whole columns, but reading failed: {error!r}. Save it again."
            ) from error

    def suggested_schedule(self, objects: int) -> dict[str, Any]:
        """Large batches at a high rate, 100 rounds over the rows but 1,200 steps at least; small tables keep the default.

        Chosen on adult and on synthetic tables, against batches of 256 over 300 rounds: draws are at least as good, in a
        third of the time.
        """
        if objects < FEWEST_FOR_LARGE_BATCHES:
            return {}
        return {"batch": LARGE_BATCH, "learning_rate": 8e-3, "steps": max(1200, -(-100 * objects // LARGE_BATCH))}

    def suggested_kl_weight(self) -> float:
        """A quarter: under the bound itself a code keeps what columns share and drops what is each column's own.

        A table has few cells, so that the divergence weighs much: of 16 axes on churn the bound kept a handful, and a
        model's answers on decoded rows were not its answers on real ones (concordance .87; .98 with a quarter). The law of
        the codes is fitted and calibrated afterwards, so that probabilities hold with any weight.
        """
        return TABLE_KL_WEIGHT

    def suggested_latent(self) -> int:
        """The number of columns that vary, at most 16: what columns share and what is each one's own both have room then."""
        return max(1, min(16, sum(bool(column.parts) for column in self.columns)))


def _places(parts: list, columns: int) -> list[list[int]]:
    """Positions of each column's parts, in the column's own order."""
    places: list[list[int]] = [[] for _ in range(columns)]
    for position in sorted(range(len(parts)), key=lambda k: parts[k][1]):
        places[parts[position][0]].append(position)
    return places


def _refuse_differing(errors: list[SchemaError]) -> None:
    """Raise the one difference between a table and the fit, or tell of several together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        told = " ".join(f"({place}) {error}" for place, error in enumerate(errors[:3], start=1))
        more = f" ({len(errors) - 3} more columns differ.)" if len(errors) > 3 else ""
        raise SchemaError(f"The table needs to be like the fitted one, but {len(errors)} columns differ. {told}{more}")


def _list(names: list) -> str:
    return ", ".join(repr(name) for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
