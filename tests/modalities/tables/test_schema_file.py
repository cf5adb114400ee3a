"""The schema as a file: printed, read back to the same columns, checked with its lines; constraints and held columns."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

import gausscape as gs
from gausscape.configuration import parse_settings
from gausscape.errors import ConfigurationError, DataError, GausscapeError, MissingFileError, SchemaError, ShapeError
from gausscape.modalities.tables import TableModality
from gausscape.modalities.tables.drafting import draft_schema
from gausscape.modalities.tables.example import example_items

SIZES = ["small", "medium", "large"]


def shop(n=300, seed=0):
    rng = np.random.default_rng(seed)
    return example_items(n, seed).assign(
        size=rng.choice(SIZES, n),
        code=rng.integers(1, 5, n),
        total=[f"{k:.1f}" if k > 0.2 else " " for k in rng.exponential(9, n)],
        wait=pd.to_timedelta(rng.integers(1, 900, n), unit="s"),
        always="EUR",
        **{"net price": rng.gamma(3, 2, n)},
    )


OPTIONS = {
    "numeric": ["total"],
    "categorical": ["code"],
    "ordinal": {"size": SIZES},
    "constraints": ["amount >= 1", "`net price` <= amount + items", "if city == 'Graz' then items <= 20"],
    "immutable": ["city", "ordered"],
    "rare": {"code": 0.1},
}


def write(path, text):
    path.write_text(text)
    return path


def test_a_schema_gives_the_same_columns_back(tmp_path):
    frame = shop()
    tables = TableModality.infer(frame, **OPTIONS)
    again = TableModality.infer(frame, schema=write(tmp_path / "schema.yaml", tables.schema_yaml()))
    assert [column.document() for column in again.columns] == [column.document() for column in tables.columns]
    assert again.constraints.texts == tables.constraints.texts
    assert again.immutable == tables.immutable
    assert again.schema_yaml() == tables.schema_yaml()
    saved = TableModality.from_document(json.loads(json.dumps(tables.document())))
    assert saved.schema_yaml() == tables.schema_yaml()


@pytest.mark.parametrize("odd", ["a: b", "#no", "yes", "{x}", "ünï", "'", '"', "- a", "net price", "1e3", "[1]", "a\\b"])
def test_odd_names_and_levels_survive_the_file(tmp_path, odd):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({odd: rng.choice([odd, "no", "2024-01-01"], 90), "x": rng.normal(size=90)})
    tables = TableModality.infer(frame, ordinal={odd: ["no", odd, "2024-01-01"]} if odd != "no" else {})
    path = write(tmp_path / "schema.yaml", tables.schema_yaml())
    assert TableModality.infer(frame, schema=str(path)).document()["columns"] == tables.document()["columns"]


def test_a_schema_works_in_a_fit_and_in_a_mapping(tmp_path):
    frame = shop(120)[["amount", "city", "size"]]
    path = write(tmp_path / "s.yaml", "columns:\n  size: {order: [small, medium, large]}\n  amount: {range: [1, 500]}\n")
    space = gs.fit(frame, latent=1, method="pca", modality={"name": "tables", "schema": str(path)})
    assert [column.kind.name for column in space.modality.columns] == ["numeric", "categorical", "ordinal"]
    assert space.sample(500, seed=1).items["amount"].between(1, 500).all()
    inline = TableModality.infer(frame, schema={"columns": {"size": {"order": SIZES}}})
    assert inline.columns[2].kind.name == "ordinal"


WRONG = [
    ("colums: {}", "'colums' on line 1"),
    ("others: maybe", "others on line 1 as one of"),
    ("columns: [city]", "columns on line 1 as a mapping"),
    ("columns:\n  city: 3", "'city' on line 2 as a kind"),
    ("columns:\n  city: {knd: numeric}", "'knd' on line 2"),
    ("columns:\n  amount: numeric\n  city: number", "'city' on line 3 needs one of the kinds"),
    ("columns:\n  city: {kind: ordinal}", "'city' on line 2 needs kind: ordinal and order"),
    ("columns:\n  amount: {range: [1]}", "'amount' on line 2 needs range"),
    ("columns:\n  city: categorical\n  items: {range: [72, 0]}", r"'items' on line 3 needs range: \[low, high\], the low end first"),
    ("others: infer\nconstraints:\n  - amount >= 1\n  - amont <= rating", "did you mean amount.* It stands on line 4 of the schema"),
    ("constraints: [town == 'Graz']", "'town'.* It stands on line 1 of the schema"),
    ("columns:\n  town: categorical", "label column or the id column, it was taken out"),
    ("columns:\n  city: {rare: 2}", "'city' on line 2 needs rare"),
    ("columns:\n  town: categorical", "column 'town' on line 2, but the table has none.*Near ones"),
    ("columns:\n  city: categorical\nothers: refuse", "the table also has 'amount', 'items'"),
    ("columns:\n  city: numeric", "'city' is read as numbers, but row 0 .*declares it numeric on line 2"),
    ("columns:\n  express: categorical\n  amount: ordinal", "'amount' on line 3 needs kind: ordinal"),
    ("columns:\n  rating: date", "'rating' is declared date on line 2, but is numeric"),
    ("constraints: [amount >= ]", "constraint"),
    ("rare: 0.9", "Option rare"),
    ("unseen: maybe", "Option unseen"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_entries_are_named_with_their_line(tmp_path, text, message):
    with pytest.raises(GausscapeError, match=message):
        TableModality.infer(example_items(60), schema=write(tmp_path / "schema.yaml", text + "\n"))


def test_the_line_of_a_constraint_is_told_as_far_as_it_is_known():
    schema = parse_settings("columns: {}\nconstraints: [amont <= rating]\n")
    with pytest.raises(ConfigurationError, match="stands on line 2"):
        TableModality.infer(example_items(60), schema=schema)
    with pytest.raises(ConfigurationError, match=r"did you mean amount\?$"):
        TableModality.infer(example_items(60), constraints=["amont <= rating"])


def test_a_schema_needs_a_file():
    with pytest.raises(MissingFileError):
        TableModality.infer(example_items(60), schema="nowhere.yaml")
    with pytest.raises(ConfigurationError, match="path of a YAML file"):
        TableModality.infer(example_items(60), schema=3)


def test_other_columns_are_inferred_ignored_or_refused():
    frame = example_items(60)
    schema = parse_settings("columns:\n  city: categorical\n  items: ignore\n")
    assert len(TableModality.infer(frame, schema=schema).columns) == 5
    assert TableModality.infer(frame, schema=schema).ignored == ("items",)
    assert len(TableModality.infer(frame, schema={**schema, "others": "ignore"}).columns) == 1


def test_T13_all_differences_from_the_schema_are_named_at_once():
    frame = example_items(60)
    tables = TableModality.infer(frame)
    changed = frame.assign(amount=frame["amount"].astype(str), items=frame["items"] + 0.5, city="Lima")
    with pytest.raises(SchemaError, match=r"3 columns differ.*'amount' held numbers.*'items' held integers.*'city'.*'Lima'"):
        tables.to_tensors(changed)


def test_a_draft_sets_aside_what_stands_in_the_way():
    rng = np.random.default_rng(0)
    n = 1200
    frame = pd.DataFrame(
        {
            "who": [f"user {k}" for k in range(n)],
            "total": [f"{k:.3f}" if k > 0.01 else " " for k in rng.exponential(9, n)],
            "gone": [None] * n,
            "odd": [1j] * n,
            "x": rng.normal(size=n),
            "number": np.arange(n),
        }
    )
    draft = draft_schema(frame, {})
    tables = TableModality.infer(frame.drop(columns="odd"), schema=parse_settings(draft.replace("  odd: {kind: ignore}\n", "")))
    assert [column.name for column in tables.columns] == ["total", "gone", "x"]
    for name in ("who", "odd", "number"):
        assert f"{name}: {{kind: ignore}}" in draft
    assert "# ignored: Column 'odd' needs a supported type" in draft
    assert "set aside as an identifier" in draft


# --- constraints and held columns -------------------------------------------------------------------------------------


def test_constraints_are_declared_once_and_held_by_everything_generated():
    frame = example_items(150)
    stated = ["amount between 8 and 60", "if city == 'Porto' then items <= 3", "rating is known"]
    space = gs.fit(frame, latent=2, method="pca", modality={"name": "tables", "constraints": stated})
    assert sum("of the data; every generated row holds it" in note for note in space.modality.notes) == 3
    broken = int(((frame["amount"] < 8) | (frame["amount"] > 60)).sum())
    assert any(f"broken by {broken:,} of 150 rows" in note for note in space.modality.notes)
    z = np.random.default_rng(0).normal(size=(400, 2)) * 3
    for items in (space.decode(z), space.decode(z, seed=1), space.sample(50, exceedance=0.1, seed=2).items):
        assert items["amount"].between(8, 60).all()
        assert (items["items"][items["city"] == "Porto"] <= 3).all()
        assert items["rating"].notna().all()
    again = type(space.modality).from_document(json.loads(json.dumps(space.modality.document())))
    assert again.constraints.texts == space.modality.constraints.texts


def test_a_constraint_that_most_rows_break_is_refused():
    with pytest.raises(ConfigurationError, match=r"'amount <= 5' is broken by \d+ of 100\. Is it the right way round"):
        TableModality.infer(example_items(100), constraints=["amount <= 5"])
    for wrong, message in (("amount >= 1", "list of sentences"), (["amout >= 1"], "amout")):
        with pytest.raises(ConfigurationError, match=message):
            TableModality.infer(example_items(100), constraints=wrong)


def test_immutable_columns_are_held_as_one_row_has_them():
    frame = example_items(100)
    tables = TableModality.infer(frame, immutable=["city", "ordered", "amount", "rating"])
    row = frame[frame["rating"].notna()].iloc[[3]]
    held = tables.holding(row)
    law = tables.likelihood()
    output = law.initial_output(tables.present(tables.to_tensors(frame), None)[1]["cells"]).expand(200, -1)
    rows = held.to_items(law.sample(output, torch.Generator().manual_seed(0)))
    for name in ("city", "ordered", "amount", "rating"):
        assert (rows[name] == row[name].iloc[0]).all()
    assert rows["items"].nunique() > 1
    with pytest.raises(ShapeError, match="one row"):
        tables.holding(frame)
    with pytest.raises(ConfigurationError, match="immutable"):
        TableModality.infer(frame, immutable=["nothing"])
    assert TableModality.infer(frame).holding(row).constraints.parts == ()


# --- width, length, order -----------------------------------------------------------------------------------------------


def test_T15_sparse_tables_are_refused_by_name():
    with pytest.raises(SchemaError, match=r"2-D array of numbers, but a csr_matrix came"):
        TableModality.infer(scipy.sparse.csr_matrix((10, 1_000_000)))
    frame = pd.DataFrame.sparse.from_spmatrix(scipy.sparse.eye_array(12, 3).tocsr())
    with pytest.raises(DataError, match=r"needs a supported type, but holds Sparse"):
        TableModality.infer(frame.rename(columns=str))


def test_T15_memory_grows_with_the_numbers_kept_not_faster():
    import tracemalloc

    peaks = []
    for n in (20_000, 80_000):
        rows = np.random.default_rng(0).normal(size=(n, 3))
        tracemalloc.start()
        tables = TableModality.infer(rows)
        tables.to_tensors(rows)
        peaks.append(tracemalloc.get_traced_memory()[1] / n)
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 400  # bytes a row of three columns, at the peak


def test_T20_column_order_changes_nothing_but_the_order():
    frame = example_items(200)
    one, two = TableModality.infer(frame), TableModality.infer(frame[frame.columns[::-1]])
    by_name = {column.name: column.document() for column in two.columns}
    assert [by_name[column.name] for column in one.columns] == [column.document() for column in one.columns]


def test_T19_single_and_double_precision_networks_agree():
    rng = np.random.default_rng(0)
    size = rng.normal(size=400)
    frame = pd.DataFrame({"small": 1e-12 * (size + 0.3 * rng.normal(size=400)), "large": 1e12 * (size + 0.3 * rng.normal(size=400))})
    space = gs.fit(frame, latent=1, method="pca")
    single = space.embed(frame).mean
    space.codec.networks.double()
    np.testing.assert_allclose(space.embed(frame).mean, single, atol=1e-4)
