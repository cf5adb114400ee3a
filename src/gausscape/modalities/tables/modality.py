"""Tables: columns of several kinds become normal scores, grades, flags and choices, and come back in their own types."""

__all__ = ["TableModality"]

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gausscape.configuration import where
from gausscape.errors import ConfigurationError, DamagedFileError, DataError, SchemaError, ShapeError
from gausscape.likelihoods import Likelihood, Product
from gausscape.modalities.tables.columns import Request
from gausscape.modalities.tables.constraints import Constraints
from gausscape.modalities.tables.frames import LIBRARIES, Column, Library, find_library, library_named
from gausscape.modalities.tables.parts import PARTS
from gausscape.modalities.tables.schema import TableColumn, in_words
from gausscape.modality import Autoencoder, Features, Modality, Picture, Tensors
from gausscape.networks import DenseDecoder, DenseEncoder
from gausscape.space.column_files import column_bytes, npz_bytes

FEWEST_ROWS = 10
MOST_CELLS = 20_000
TABLE_KL_WEIGHT = 0.25
UNCONSTRAINED = Constraints(())
OPTIONS = ("drop_empty", "columns", "ignore", "numeric", "categorical")


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
    ):
        self.library = library
        self.constraints = constraints
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
                to keep on a scale), `categorical` (numbers that are codes).

        Raises:
            DataError: If the table cannot be used; the message names the column and row.
            ConfigurationError: If an option is unknown or names no column.
        """
        unknown = [name for name in options if name not in OPTIONS]
        if unknown:
            raise ConfigurationError(
                f"A table takes the options {', '.join(OPTIONS)}, but got {unknown[0]!r}. Use one of these."
            )
        library = find_library(values)
        rows = len(values)
        # A table may be a million columns wide: refuse before anything is made for each of them.
        if options.get("columns") is None:
            _refuse_too_wide(values.shape[1], rows, columns=values.shape[1])
        names = library.names(values)
        if rows < FEWEST_ROWS:
            raise DataError(f"{rows} rows in the table; need >= {FEWEST_ROWS}. Collect more rows.")
        if not names:
            raise DataError("0 columns in the table; need >= 1. Pass a table with named columns.")
        wanted, numeric, categorical, ignored = _choose(names, options)
        _refuse_too_wide(len(wanted), rows, columns=len(wanted))
        drop_empty = options.get("drop_empty", False)
        if not isinstance(drop_empty, bool):
            raise ConfigurationError(
                f"Option drop_empty needs true or false, but got {drop_empty!r}. Pass one of them."
            )
        columns = []
        for name in wanted:
            request = Request(name in numeric, name in categorical, drop_empty)
            columns.append(TableColumn.infer(library.read(values, name), request))
        _refuse_too_wide(sum(part.cells for column in columns for part in column.parts), rows, columns=len(wanted))
        if not any(column.parts for column in columns):
            raise DataError(
                f"A table needs at least one column that varies, but all {rows:,} rows are the same in {len(wanted)} columns. "
                "Check that the right file was read."
            )
        notes = [note for column in columns if (note := column.kind.note(column.name))]
        notes += [
            f"column {column.name!r}: missing values are modelled" for column in columns if column.gaps and column.parts
        ]
        if ignored:
            notes.append(f"ignored columns: {', '.join(repr(name) for name in ignored)}")
        return cls(library, tuple(columns), ignored=tuple(ignored), notes=tuple(notes))

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
        for column, places in zip(self.columns, self._places, strict=True):
            part, seen = column.store(library.read(values, column.name))
            stored[:, places], observed[:, places] = np.where(seen, part, 0), seen
        return {"values": torch.from_numpy(stored), "observed": torch.from_numpy(observed)}

    def _check_names(self, names: list, library: type[Library]) -> None:
        known = [column.name for column in self.columns]
        if library.name == "numpy" and len(names) != len(known) and self.library is library:
            raise SchemaError(
                f"This space was fitted on {len(known)} columns, but an array with {len(names)} came. Pass all {len(known)}."
            )
        _refuse_doubles(names)
        came, expected = set(names), set(known)
        missing = [name for name in known if name not in came]
        extra = [name for name in names if name not in expected and name not in self.ignored]
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
        U(0, 0.5), and still scored: so the encoder learns to condition on any subset of columns.
        """
        seen = tensors["observed"]
        stored = tensors["values"][:, self._part_of_cell]
        level = self._level_of_cell
        cells = torch.where(level < 0, stored, (stored == level).to(stored.dtype))
        observed = seen[:, self._part_of_cell].to(stored.dtype)
        cells = cells * observed
        shown = seen.to(stored.dtype)
        if generator is not None:
            n = len(stored)
            rate = 0.5 * torch.rand(n, 1, generator=generator) * (torch.rand(n, 1, generator=generator) < 0.5)
            kept = torch.rand(n, len(self.columns), generator=generator) >= rate
            shown = shown * kept[:, self._column_of_part].to(stored.dtype)
        inputs = {"values": cells * shown[:, self._part_of_cell], "mask": shown}
        return inputs, {"cells": cells, "observed": observed}

    # -- networks -----------------------------------------------------------------------------------------------------

    def likelihood(self) -> Likelihood:
        """The likelihood of all cells: one block for each type of part, one for each categorical column."""
        blocks = [
            block
            for kind in PARTS
            if (group := [part for part in self._parts if type(part) is kind])
            for block in kind.likelihoods(group)
        ]
        return Product(blocks)

    def networks(
        self, latent: int, *, size: int, architecture: Any = None, tensors: Tensors | None = None
    ) -> Autoencoder:
        """Fresh networks: residual perceptrons, 64 wide below 1,000 rows, 96 below 5,000, else 128.

        Args:
            latent: Number of latent coordinates.
            size: Number of fitting rows.
            architecture: None, a mapping with "width" and "blocks", or a pair of own modules (encoder, decoder): the
                encoder takes {"values", "mask"} and gives (mean, log_std), the decoder takes z and gives the outputs.
            tensors: Some fitting rows.

        Raises:
            ConfigurationError: If the architecture cannot be used.
        """
        likelihood = self.likelihood()
        if isinstance(architecture, (tuple, list)):
            encoder, decoder = self._own(architecture, latent, likelihood, tensors)
            document = {"size": size, "architecture": {"own": True}}
            return Autoencoder(encoder, decoder, likelihood, latent=latent, document=document)
        chosen = {"width": 64 if size < 1000 else 96 if size < 5000 else 128, "blocks": 2} | _read(architecture)
        encoder = TableEncoder(likelihood.cells + len(self._parts), latent, **chosen)
        decoder = DenseDecoder(latent, likelihood.outputs, **chosen)
        if tensors is not None:
            _, target = self.present(tensors, None)
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

    def constrained(self, constraints: Sequence[Any]) -> "TableModality":
        """The same table, whose generated rows obey these constraints too (see `gausscape.modalities.tables.constraints`).

        Raises:
            ConfigurationError: If one cannot be read, names no column, or contradicts another.
        """
        both = Constraints.of([*self.constraints.parts, *Constraints.of(constraints, self.columns).parts], self.columns)
        return TableModality(self.library, self.columns, ignored=self.ignored, notes=self.notes, constraints=both)

    def columns_of(self, values: Any) -> dict[str, np.ndarray]:
        """Each column by name as it stands: numbers (also those in text), dates, or levels as objects."""
        library = find_library(values)
        self._check_names(library.names(values), library)
        return {str(column.name): column.plain(library.read(values, column.name)) for column in self.columns}

    def _restored(self, cells: Tensor) -> list[Column]:
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
            if column.gaps and places and str(column.name) in required:
                stored[:, places[-1]] = 0  # The value that the flag "is missing" hides is given instead.
        return [column.restore(stored[:, places]) for column, places in zip(self.columns, self._places, strict=True)]

    def pictures(self, values: Any) -> list[Picture]:
        """Each row as (name, text) pairs."""
        library = find_library(values)
        self._check_names(library.names(values), library)
        columns = [library.read(values, column.name) for column in self.columns]
        rows = range(len(values))
        return [Picture("rows", [(str(column.name), in_words(column, row)) for column in columns]) for row in rows]

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
        return column_bytes(columns | {f"_{name}": told[name] for name in told if told[name].ndim == 1}, ending)

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
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedFileError(
                f"A table's document needs whole columns, but reading failed: {error!r}. Save it again."
            ) from error

    def suggested_kl_weight(self) -> float:
        """A quarter: under the bound itself a code keeps what columns share and drops what is each column's own.

        A table has few cells, so that the divergence weighs much: of 16 axes on churn the bound kept a handful, and a
        model's answers on decoded rows were not its answers on real ones (concordance .87; .98 with a quarter). The law of
        the codes is fitted and calibrated afterwards, so that probabilities hold with any weight.
        """
        return TABLE_KL_WEIGHT

    def suggested_latent(self) -> int:
        """Half the number of columns that vary, at most 16."""
        return max(1, min(16, (sum(bool(column.parts) for column in self.columns) + 1) // 2))


class TableEncoder(nn.Module):
    """Values and mask side by side into a dense encoder.

    Args:
        inputs: Number of cells and parts together.
        latent: Number of latent coordinates.
        width: Features of each hidden layer.
        blocks: Number of residual blocks.
    """

    def __init__(self, inputs: int, latent: int, *, width: int, blocks: int):
        super().__init__()
        self.dense = DenseEncoder(inputs, latent, width=width, blocks=blocks)

    def forward(self, inputs: Tensors) -> tuple[Tensor, Tensor]:
        return self.dense(torch.cat([inputs["values"], inputs["mask"]], -1))


def _places(parts: list, columns: int) -> list[list[int]]:
    """Positions of each column's parts, in the column's own order."""
    places: list[list[int]] = [[] for _ in range(columns)]
    for position in sorted(range(len(parts)), key=lambda k: parts[k][1]):
        places[parts[position][0]].append(position)
    return places


def _choose(names: list, options: Mapping[str, Any]) -> tuple[list, set, set, list]:
    """Columns to use, to read as numbers, to read as categories, and to ignore."""
    _refuse_doubles(names)
    strange = [name for name in names if not isinstance(name, (str, int))]
    if strange:
        raise DataError(
            f"Column names need to be text or whole numbers, but {strange[0]!r} is a {type(strange[0]).__name__}. "
            "Rename the columns first, for example with frame.columns.map(str)."
        )
    if options.get("columns") is not None and options.get("ignore") is not None:
        raise ConfigurationError("A table needs columns=[...] or ignore=[...], but got both. Pass one of them.")
    lists = {option: _names_in(option, options.get(option), names) for option in OPTIONS[1:]}
    chosen = set(names if options.get("columns") is None else lists["columns"]) - set(lists["ignore"])
    if not chosen:
        raise ConfigurationError(
            "A table needs at least one column, but none is left to use. Name some in columns=[...]."
        )
    both = set(lists["numeric"]) & set(lists["categorical"])
    if both:
        raise ConfigurationError(
            f"A column is numeric or categorical, but {_list(sorted(both, key=str))} is in both. Choose one."
        )
    wanted = [name for name in names if name in chosen]
    return wanted, set(lists["numeric"]), set(lists["categorical"]), [name for name in names if name not in chosen]


def _refuse_doubles(names: list) -> None:
    if len(set(names)) == len(names):
        return
    seen: set = set()
    double = next(name for name in names if name in seen or seen.add(name))
    raise SchemaError(
        f"Column names need to be distinct, but {double!r} stands {names.count(double)} times. Rename one of them."
    )


def _refuse_too_wide(cells: int, rows: int, *, columns: int) -> None:
    if cells <= MOST_CELLS:
        return
    # First and last layers with gradients and two moments (width 128), a batch of 128 with its activations, the data.
    size = 4 * (cells * (3 * 128 * 4 + 128 * 8) + cells * rows * 2)
    raise DataError(
        f"A table may have at most {MOST_CELLS:,} cells an object, but {columns:,} columns make {cells:,} or more: a fit "
        f"would need about {size / 1e9:,.1f} GB. Choose columns with columns=[...], or group levels first."
    )


def _list(names: list) -> str:
    return ", ".join(repr(name) for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _read(architecture: Any) -> dict[str, int]:
    """Width and blocks from a mapping, checked."""
    if architecture is None:
        return {}
    if not isinstance(architecture, Mapping):
        raise ConfigurationError(
            "An architecture needs a mapping with width and blocks, or a pair of modules (encoder, decoder), but got "
            f"{type(architecture).__name__}. Pass one of these."
        )
    if architecture.get("own"):
        raise ConfigurationError(
            "This space was fitted with own networks, which cannot be rebuilt from a file. "
            "Pass the modules again: architecture=(encoder, decoder)."
        )
    most = {"width": 4096, "blocks": 32}
    for key, value in architecture.items():
        line = where(architecture, key)
        if key not in most:
            raise ConfigurationError(
                f"A table's architecture takes width and blocks, but got {key!r}{line}. Use one of these."
            )
        low = 1 if key == "width" else 0
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= most[key]:
            raise ConfigurationError(
                f"A table's architecture needs {key} as a whole number from {low} to {most[key]}, but got {value!r}{line}. Change it."
            )
    return dict(architecture)


def _names_in(option: str, wanted: Any, names: Sequence[Any]) -> list:
    """Column names that an option lists, all of them known.

    Raises:
        ConfigurationError: If one is not a column, or the option is no list.
    """
    if wanted is None:
        return []
    if isinstance(wanted, (str, bytes)) or not isinstance(wanted, Sequence):
        raise ConfigurationError(
            f"Option {option} needs a list of column names, but got {wanted!r}. Write {option}=[...]."
        )
    unknown = [name for name in wanted if name not in names]
    if unknown:
        shown = ", ".join(repr(name) for name in list(names)[:8]) + (", ..." if len(names) > 8 else "")
        raise ConfigurationError(
            f"Option {option} needs columns of the table ({shown}), but got {unknown[0]!r}. Choose from these."
        )
    return list(wanted)
