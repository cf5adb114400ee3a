"""Laws of constraints: all of them hold in every generated row, rows that break none are not touched, contradictions are named."""

import json

import numpy as np
import pandas
import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gausscape
from gausscape.errors import ConfigurationError
from gausscape.modalities.tables.constraints import Constraints
from gausscape.modalities.tables.modality import TableModality

N = 400
TYPES = {"single": "float32", "small": "int8"}


def orders(n: int = N, seed: int = 0) -> pandas.DataFrame:
    """Rows with every kind of column that a constraint may speak of."""
    rng = np.random.default_rng(seed)
    parts = rng.gamma(2.0, 10.0, (n, 2))
    return pandas.DataFrame(
        {
            "part": parts[:, 0],
            "rest": parts[:, 1],
            "total": parts.sum(1),
            "single": rng.normal(size=n).astype("float32"),
            "count": rng.poisson(4, n),
            "small": rng.integers(-3, 60, n).astype("int8"),
            "hurdle": np.where(rng.random(n) < 0.4, 0.0, rng.gamma(2.0, 3.0, n)),
            "text": [f"{value:.2f}" for value in rng.gamma(2.0, 30.0, n)],
            "plan": rng.choice(["basic", "plus", "gold"], n),
            "flag": rng.random(n) < 0.3,
            "digit": rng.integers(0, 2, n),
            "start": pandas.Timestamp("2023-01-01") + pandas.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "end": pandas.Timestamp("2023-04-01") + pandas.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "gap": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "fixed": np.full(n, 5),
        }
    )


TABLES = {
    "pandas": orders(),
    "polars": polars.from_pandas(orders()),
    "pyarrow": polars.from_pandas(orders()).to_arrow(),
}
MODALITIES = {name: TableModality.infer(table, numeric=["text"]) for name, table in TABLES.items()}
SPACE = gausscape.fit(TABLES["pandas"], method="pca", latent=4, modality={"name": "tables", "numeric": ["text"]})

STATED = [
    "part between 5 and 60",
    "part + rest = total",
    "total <= 100",
    "single > -0.1 and single <= 1.3",
    "count >= 1",
    "count <= small",
    "hurdle < 20",
    "text between 12.345 and 99.995",
    "plan in ('basic', 'gold')",
    "if plan = gold then count = 3",
    "if hurdle == 0 and not flag then part >= 8",
    "digit = 1",
    "start < end",
    "end >= 2023-06-15",
    "if flag == True then gap is known",
    "gap <= 0.25",
]


def anything(n: int, seed: int) -> np.ndarray:
    """Whitened codes far wider than the law."""
    return 4 * np.random.default_rng([seed, 1]).standard_normal((n, 4))


@pytest.mark.parametrize("library", TABLES)
def test_every_generated_row_holds_every_constraint(library):
    modality = MODALITIES[library].constrained(STATED)
    cells = SPACE.codec.cells(SPACE.aggregate.unwhiten(anything(3000, 0)))
    rows = modality.to_items(cells)
    assert type(rows) is type(TABLES[library])
    assert not {
        text: np.flatnonzero(broken) for text, broken in modality.constraints.broken(rows).items() if broken.any()
    }
    frame = pandas.DataFrame({name: np.asarray(rows[name].to_numpy(), dtype=object) for name in orders(2).columns})
    assert frame["part"].between(5, 60).all()
    assert np.allclose((frame["part"] + frame["rest"]).astype(float), frame["total"].astype(float), rtol=1e-8)
    assert np.all(frame["count"].to_numpy(dtype=int) <= frame["small"].to_numpy(dtype=int))
    assert set(frame["plan"]) <= {"basic", "gold"}
    assert (frame.loc[frame["plan"] == "gold", "count"] == 3).all()
    assert frame["text"].astype(float).between(12.345, 99.995).all()
    assert (pandas.to_datetime(frame["start"]) < pandas.to_datetime(frame["end"])).all()
    assert frame["single"].astype("float64").between(-0.1, 1.3).all()
    # The same frame is legal input again: types, levels and whole numbers are those of the fit.
    assert modality.to_tensors(rows)["values"].shape[0] == len(frame)


def test_some_rows_needed_mending_and_others_were_not_touched():
    modality = MODALITIES["pandas"]
    cells = SPACE.codec.cells(SPACE.aggregate.unwhiten(anything(500, 1)))
    plain, mended = modality.to_items(cells), modality.constrained(["part >= 10"]).to_items(cells)
    needed = modality.constrained(["part >= 10"]).mended(cells)["part >= 10"]
    assert 0 < needed.mean() < 1
    assert (mended.loc[needed, "part"] == 10).all()
    pandas.testing.assert_frame_equal(plain[~needed], mended[~needed])
    pandas.testing.assert_frame_equal(plain.drop(columns="part"), mended.drop(columns="part"))


def test_a_missing_value_is_left_alone_unless_it_is_required():
    modality = TableModality.infer(orders(), numeric=["text"])
    frame = orders().assign(gap=np.nan, part=[np.nan] * 200 + [1.0] * 200)
    loose = Constraints.of(["gap >= 3", "part >= 10", "part + rest = total"], modality.columns)
    back = loose.mend(frame)
    assert back["gap"].isna().all()
    assert back["part"].isna().sum() == 200
    assert (back["part"].dropna() == 10).all()
    strict = Constraints.of(["gap >= 3", "gap is known", "plan = basic"], modality.columns).mend(
        frame.assign(plan=None)
    )
    assert (strict["gap"] >= 3).all()
    assert (strict["plan"] == "basic").all()


def test_a_range_is_the_identity_where_it_holds_and_the_nearest_end_elsewhere():
    constraint = Constraints.of(["count between 2 and 5"], MODALITIES["pandas"].columns).parts[0]
    frame = orders()
    assert constraint.broken(frame).tolist() == (~frame["count"].between(2, 5)).tolist()
    assert constraint.mend(frame)["count"].tolist() == frame["count"].clip(2, 5).tolist()


names = st.sampled_from(["part", "rest", "total", "hurdle", "gap"])
whole = st.sampled_from(["count", "small"])
bounds = st.integers(-5, 60)


@st.composite
def sentences(draw) -> str:
    pick = draw(st.integers(0, 6))
    if pick == 0:
        low = draw(bounds)
        return f"{draw(st.one_of(names, whole))} between {low} and {low + draw(st.integers(1, 40))}"
    if pick == 1:
        return f"{draw(st.one_of(names, whole))} {draw(st.sampled_from(['<', '<=', '>', '>=']))} {draw(bounds)}.5"
    if pick == 2:
        left, right = draw(st.lists(st.one_of(names, whole), min_size=2, max_size=2, unique=True))
        return f"{left} {draw(st.sampled_from(['<', '<=']))} {right}"
    if pick == 3:
        left, right, total = draw(st.lists(st.one_of(names, whole), min_size=3, max_size=3, unique=True))
        return f"{left} + {right} {draw(st.sampled_from(['=', '<=', '>=']))} {total}"
    if pick == 4:
        return f"plan {draw(st.sampled_from(['=', '!=']))} {draw(st.sampled_from(['basic', 'plus', 'gold']))}"
    if pick == 5:
        level = draw(st.sampled_from(["basic", "plus", "gold"]))
        return f"if plan == '{level}' then {draw(names)} >= {draw(bounds)}"
    return f"if {draw(whole)} > {draw(bounds)} then {draw(names)} <= {draw(bounds)}"


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(sentences(), min_size=1, max_size=4), st.integers(0, 5))
def test_any_constraints_are_refused_at_once_or_hold_everywhere(stated, seed):
    try:
        modality = MODALITIES["polars"].constrained(stated)
    except ConfigurationError:
        return
    rows = modality.to_items(SPACE.codec.cells(SPACE.aggregate.unwhiten(anything(200, seed))))
    assert not any(broken.any() for broken in modality.constraints.broken(rows).values())
    again = modality.constraints.mend(rows)
    assert again.equals(rows)


def test_a_constrained_space_generates_legal_rows_everywhere_and_is_saved_with_its_constraints(tmp_path):
    space = SPACE.constrained(STATED[:5])
    broken = MODALITIES["pandas"].constrained(STATED[:5]).constraints.broken
    for rows in (
        space.sample(300, seed=1).items,
        space.sample(50, exceedance=0.01, seed=1).items,
        space.reconstruct(orders()),
    ):
        assert not any(each.any() for each in broken(rows).values())
    patch = space.patch(orders().iloc[:1])
    assert not any(each.any() for each in broken(patch.sample(100, seed=0).items).values())
    assert np.array_equal(space.embed(orders()).mean, SPACE.embed(orders()).mean)
    space.save(tmp_path / "space")
    again = gausscape.load(tmp_path / "space")
    assert again.modality.document() == space.modality.document()
    assert again.modality.document()["constraints"][:2] == ["part >= 5 and part <= 60", "total == part + rest"]
    assert again.sample(20, seed=2).items.equals(space.sample(20, seed=2).items)
    assert "constraints" not in json.dumps(SPACE.modality.document())


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        (["part >= 10", "part <= 5"], ["'part >= 10'", "contradicts", "'part <= 5'"]),
        (["count < small", "small < count"], ["contradicts"]),
        (["part + rest = total", "part >= 50", "total <= 30", "rest >= 0"], ["contradict"]),
        (["if plan = gold then count = 3", "count >= 4"], ["contradicts"]),
        (["if plan = gold then count = 3", "if flag = True then count = 4"], ["contradicts"]),
        (["fixed = 6"], ["fixed", "6"]),
        (["prt >= 10"], ["'prt'", "Near ones: part"]),
        (["plan = silver"], ["plan", "'silver'"]),
        (["plan > basic"], ["plan", "levels"]),
        (["count = 2.5"], ["count", "2.5", "nearest is 2"]),
        (["count between 2.2 and 2.8"], ["leaves none"]),
        (["part > rst"], ["part", "'rst'", "spelling"]),
        (["part >= 1 or rest >= 1"], ["choice"]),
        (["part + rest"], ["no comparison"]),
        (["start <= part"], ["dates"]),
        ("part >= 1", ["list"]),
        ([3], ["text"]),
    ],
)
def test_what_cannot_be_demanded_is_refused_when_it_is_stated(stated, words):
    with pytest.raises(ConfigurationError) as refusal:
        SPACE.constrained(stated)
    assert all(word in str(refusal.value) for word in words), str(refusal.value)


def test_objects_without_columns_have_no_constraints():
    images = gausscape.fit(np.random.default_rng(0).random((60, 4, 4)).astype("float32"), latent=2, method="pca")
    with pytest.raises(ConfigurationError, match="named columns"):
        images.constrained(["thickness > 0.4"])


def test_ranges_beside_a_grid_of_decimals_overflow_nowhere():
    frame = orders()
    tables = TableModality.infer(frame, numeric=["text"])
    stated = Constraints.of(["text >= 20 and text <= 60.5", "text >= hurdle"], tables.columns)
    mended = stated.mend(frame)  # warnings are errors here
    before, after = frame["text"].astype(float), mended["text"].astype(float)
    assert after.between(20, 60.5).all()
    fine = before.between(20, 60.5) & (before >= frame["hurdle"])
    assert (after[fine] == before[fine]).all()
