"""The page: it fits what the views read, says the same every time, and whatever data hold stays text."""

import base64
import hashlib
import html
import re
import sys
from pathlib import Path

import numpy as np
import pandas
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from contract import TYPES, Contract

from gausscape.errors import ConfigurationError, GausscapeError, MissingFileError, StorageError
from gausscape.explanation import explain, paint_outcome
from gausscape.items import Items
from gausscape.local_change import measure_change
from gausscape.outcome import Outcome
from gausscape.page import write_page
from gausscape.page.pack import unpack
from gausscape.page.space_part import CERTAIN
from gausscape.page.write import build_page
from gausscape.stress_testing import Design, stress_test
from gausscape.training.fitting import fit

DATE = "2026-01-02"
EVIL = '</script><img src=x onerror="alert(1)"> <b>&amp; \u2028 \ud800 \0 -->'


def brightness(images):
    return np.asarray(images, dtype=float).mean((1, 2))


def document_of(page: str):
    found = re.search(r'<script type="application/octet-stream" id="gausscape-data">([^<]*)</script>', page)
    assert found is not None
    return unpack(base64.b64decode(found[1]))


@pytest.fixture(scope="module")
def contract():
    if not TYPES.is_file():
        pytest.skip("the views' sources are not here")
    return Contract.read()


def spots(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    place = np.linspace(-1, 1, 6)
    across, up, size = rng.normal(0, 0.5, (3, n, 1, 1))
    return np.exp(-((place - across) ** 2 + (place[:, None] - up) ** 2) * np.exp(0.5 * size)).astype("float32")


@pytest.fixture(scope="module")
def space():
    return fit(Items.of(spots(400), name="spots"), latent=2, method="pca")


@pytest.fixture(scope="module")
def deep():
    return fit(Items.of(spots(400), name="spots"), latent=4, method="pca")


@pytest.fixture(scope="module")
def unseen():
    labels = np.array([EVIL, "plain"])[np.arange(80) % 2]
    return Items(spots(80, seed=1), np.array([f"{k} {EVIL}" for k in range(80)]), labels, name=f"unseen {EVIL}")


@pytest.fixture(scope="module")
def full(space, deep, unseen):
    """Everything that a page may hold."""
    y = Outcome.of(brightness, name=f"y {EVIL}")
    answers = [
        space,
        deep,
        measure_change(deep, unseen.take([0]), unseen.take([1])),
        measure_change(deep, unseen.take([0]), unseen.take([2, 3])),
        explain(deep, y, 20, data=unseen, calls=256),
        stress_test(deep, y, unseen, fails="y > 0.6", exceedance=(0.1,), calls=200, around=unseen.take([0]), design=Design(each=10)),
        paint_outcome(space, y, data=unseen, side=5),
        space.audit,
    ]  # fmt: skip
    return build_page(answers, data=unseen, outcomes=y, calls=4000)


@pytest.fixture(scope="module")
def told(full):
    return document_of(full.html)


def test_a_full_page_fits_what_the_views_read(told, contract):
    assert contract.misfits(told, "Page") == []
    assert [len(told[part]) for part in ("spaces", "changes", "patches", "ledgers", "stress")] == [2, 3, 20, 1, 1]
    assert told["spaces"][0]["decoder"]["program"]["agreement"]["largest"] < 0.01
    assert len(told["spaces"][0]["audit"]["others"]) == 2
    assert told["notes"] == []


def test_each_worst_case_names_its_own_y(told):
    assert all(case["y_name"].startswith("y ") for case in told["stress"][0]["worst"])


def test_ends_of_a_change_are_observed_where_the_page_has_the_objects(deep, unseen, told):
    assert all(end["observed"] for change in told["changes"] for end in (change["a"], change["b"]))
    alone = build_page([deep, measure_change(deep, unseen.take([0]), unseen.take([1]))]).document["changes"][0]
    assert not alone["a"]["observed"]
    assert not alone["b"]["observed"]


def test_a_ruler_knows_of_refits(deep, unseen, told):
    assert not any(space["ruler"]["refits"] for space in told["spaces"])
    other = fit(Items.of(spots(400), name="spots"), latent=4, method="pca", seed=1)
    change = measure_change(deep, unseen.take([0]), unseen.take([1]), refits=[other])
    assert build_page([deep, change]).document["spaces"][0]["ruler"]["refits"]


def test_claims_stand_with_the_ledger_that_judged_them(deep, unseen):
    told = explain(deep, Outcome.of(brightness, name="ink"), 20, data=unseen, calls=256)
    ledger = told.ledger
    claim = ledger.judge_claim(ledger.entries[0].feature, 1)
    assert [each["feature"] for each in build_page([deep, told, claim]).document["ledgers"][0]["claims"]] == [
        claim.feature
    ]
    with pytest.raises(ConfigurationError, match="needs the ledger"):
        build_page([deep, claim])


def test_readers_meet_no_arguments_of_python(deep, unseen):
    change = build_page([deep, measure_change(deep, unseen.take([0]), unseen.take([1]))]).document["changes"][0]
    assert "refits=" not in change["stability"] + change["words"]


def test_the_checker_finds_what_does_not_fit(told, contract):
    assert contract.misfits({**told, "surplus": 1}, "Page") == ["Page.surplus is in no interface"]
    assert contract.misfits({name: each for name, each in told.items() if name != "about"}, "Page") == [
        "Page.about is missing"
    ]
    broken = {**told["spaces"][0], "latent": "two"}
    assert contract.misfits(broken, "Space") == ["Space.latent: needs number, has str"]


def test_shapes_are_those_that_the_interface_states(told):
    for space in told["spaces"]:
        d, points = len(space["live"]), space["points"]
        assert len(points["u"]) == points["n"] * d == len(points["std"])
        assert points["pictures"]["n"] == len(points["pictured"]) > 0
        assert all(len(column["values"]) == points["n"] for column in points["columns"])
        assert [column["role"] for column in points["columns"]][:2] == ["label", "outcome"]
        assert len({column["name"] for column in points["columns"]}) == len(points["columns"])
        assert space["ruler"]["pairs"].shape == (101,)
        for plane in space["planes"]:
            assert len(plane["support"]["labels"]) == plane["support"]["side"] ** 2
            for field in plane["outcomes"]:
                assert len(field["y"]) == field["side"] ** 2
                assert field["low"] <= np.nanmin(field["y"]) + 1e-3
                assert field["high"] >= np.nanmax(field["y"]) - 1e-3
            across, up = plane["across"].astype(float), plane["up"].astype(float)
            np.testing.assert_allclose([across @ across, up @ up, across @ up], [1, 1, 0], atol=1e-5)
        for shell in space["shells"]:
            assert bool(shell["refused"]) != bool(len(shell["u"]))
    change = told["changes"][0]
    assert change["pictures"]["n"] == len(change["path"]["at"]) + 2 == change["b"]["picture"] + 1
    stress = told["stress"][0]
    assert stress["pictures"]["n"] == len(stress["shown"]["kind"])
    assert set(stress["shown"]["level"].tolist()) <= set(range(len(stress["levels"])))


def test_coordinates_are_those_of_the_space(told, deep, unseen):
    points = told["spaces"][1]["points"]
    u = deep.aggregate.whiten(deep.embed(unseen).mean)
    np.testing.assert_allclose(points["u"].reshape(-1, 4), u, rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(points["exceedance"], deep.exceedance(unseen).probability, rtol=2e-3)


def test_the_gate_closes_where_its_p_value_falls_below_the_level(deep):
    told = build_page(deep).document["spaces"][0]["gate"]
    gate = deep.gates["neighbours"]
    for name, level in (("rare", 0.05), ("unsupported", 0.01)):
        at, beyond = gate.p_value(np.array([told[name], np.nextafter(told[name], np.inf)]))
        if 1 / (len(gate.reference) + 1) >= level:
            assert told[name] == CERTAIN  # with so few objects no p-value is as small
        else:
            assert at >= level > beyond


def test_a_change_shows_the_objects_themselves_where_they_are_shown(told, deep, unseen):
    change = told["changes"][0]
    pictures = change["pictures"]["data"].reshape(change["pictures"]["n"], -1)
    shown = deep.modality.pictures(unseen.take([0, 1]).values)
    for row, picture in zip((0, -1), shown, strict=True):
        np.testing.assert_allclose(pictures[row], 255 * np.asarray(picture.data).ravel(), atol=1)


def test_the_same_input_gives_the_same_bytes(space, unseen, tmp_path):
    pages = []
    for name in ("one", "two"):
        y = Outcome.of(brightness, name="brightness")
        pages.append(write_page(space, tmp_path / name, data=unseen, outcomes=y, date=DATE).read_bytes())
    assert pages[0] == pages[1]


def test_the_policy_names_the_hashes_of_what_stands_in_the_page(full):
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', full.html)[1])
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        content = re.findall(rf"<{element}>(.*?)</{element}>", full.html, flags=re.DOTALL)
        assert len(content) == 1
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    for words in ("default-src 'none'", "connect-src 'none'", "base-uri 'none'", "form-action 'none'"):
        assert words in policy
    assert "unsafe" not in policy


def test_a_live_page_may_ask_its_own_server_alone(space):
    from gausscape.page.compose import Wanted

    page = build_page(space, wanted=Wanted(live="http://127.0.0.1:8000/places; script-src *")).html
    assert "connect-src http://127.0.0.1:8000;" in page
    assert "script-src *" not in page
    assert "connect-src 'self';" in build_page(space, wanted=Wanted(live="self")).html


def test_markup_in_names_and_values_stays_text(full, told):
    shell = re.sub(r'id="gausscape-data">[^<]*<', "", full.html)
    shell = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", shell, flags=re.DOTALL)
    assert "onerror=" not in re.sub(r"&lt;.*?&gt;", "", shell)
    assert "<img" not in shell
    assert "\0" not in full.html
    assert full.html.encode("utf-8")
    assert told["spaces"][0]["points"]["columns"][0]["levels"][0] == EVIL.replace("\ud800", "?")


def test_no_address_or_path_stands_in_the_page(full):
    shell = re.sub(r'id="gausscape-data">[^<]*<', "", full.html)
    shell = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", shell, flags=re.DOTALL)
    assert re.findall(r'(?:src|href|action)="(?!data:)[^"]*"', shell) == []
    assert str(Path.home()) not in shell


def test_readers_without_scripts_see_how_far_it_can_be_trusted(full, deep):
    summary = re.search(r"<noscript>(.*?)</noscript>", full.html, flags=re.DOTALL)[1]
    assert summary.count("<table>") == 2
    for row in deep.audit.rows:
        assert f"{row.count:,} of {row.objects:,}" in summary
    assert "JavaScript" in summary


def test_a_space_alone_shows_fitted_codes_without_pictures(space, contract, tmp_path):
    told = document_of(write_page(space, tmp_path / "alone.html", date=DATE).read_text())
    assert contract.misfits(told, "Page") == []
    points = told["spaces"][0]["points"]
    assert points["n"] == len(space.aggregate.codes)
    assert points["pictures"]["n"] == 0
    assert "no data were given" in points["which"]
    assert told["made"]["date"] == DATE


def test_one_live_axis_is_a_strip(contract):
    line = np.linspace(0, 1, 300)[:, None, None] * np.ones((1, 3, 3)) + 0.01 * np.random.default_rng(0).normal(
        size=(300, 3, 3)
    )
    space = fit(line.clip(0, 1).astype("float32"), latent=1, method="pca")
    told = document_of(build_page(space, outcomes=Outcome.of(brightness)).html)
    assert contract.misfits(told, "Page") == []
    plane = told["spaces"][0]["planes"][0]
    assert plane["up"] is None
    assert len(plane["support"]["labels"]) == plane["support"]["side"]
    assert len(plane["outcomes"][0]["y"]) == plane["outcomes"][0]["side"]


def test_rows_of_a_table_with_gaps_and_markup(contract):
    rng = np.random.default_rng(0)
    kinds = np.array(["a", "<b>"])[rng.integers(0, 2, 200)]
    frame = pandas.DataFrame({"size": rng.normal(size=200), EVIL.replace("\ud800", ""): kinds})
    frame.loc[::7, "size"] = np.nan
    space = fit(frame, latent=2, method="pca")
    told = document_of(build_page(space, data=frame.iloc[:50]).html)
    assert contract.misfits(told, "Page") == []
    points = told["spaces"][0]["points"]
    assert points["pictures"]["kind"] == "rows"
    assert "<b>" in points["pictures"]["texts"]
    missing = next(column for column in points["columns"] if column["name"] == "size")
    assert np.isnan(missing["values"]).sum() == len(range(0, 50, 7))


def test_what_the_browser_cannot_decode_comes_as_an_atlas(space, contract, monkeypatch):
    monkeypatch.setattr(type(space.modality), "picture_recipe", lambda self: None)
    told = document_of(build_page(space).html)
    assert contract.misfits(told, "Page") == []
    assert told["spaces"][0]["decoder"] is None
    atlas = told["spaces"][0]["planes"][0]["atlas"]
    assert atlas["pictures"]["n"] == atlas["side"] ** 2


def test_calls_of_y_are_bounded_and_what_was_not_asked_is_told(space, unseen):
    y = Outcome.of(brightness, name="brightness")
    built = build_page(space, data=unseen, outcomes=y, calls=120)
    assert y.calls <= 120
    assert any("brightness was asked about 120 objects at most" in note for note in built.notes)
    assert build_page(space, data=unseen, outcomes=Outcome.of(brightness), calls=0).html


def test_a_failing_y_leaves_gaps(space, unseen):
    def grumpy(images):
        return np.where(brightness(images) > 0.3, np.nan, 1.0)

    told = document_of(build_page(space, data=unseen, outcomes=Outcome.of(grumpy, name="g")).html)
    assert np.isnan(told["spaces"][0]["planes"][0]["outcomes"][0]["y"]).any()


def test_too_much_is_thinned_with_a_note(space, unseen, monkeypatch):
    import gausscape.page.write as write

    many = Items.of(spots(5000, seed=2), name="many")
    whole = build_page(space, data=many)
    monkeypatch.setattr(write, "LARGEST", len(whole.html) - 20_000)
    built = build_page(space, data=many)
    assert len(built.html) <= write.LARGEST
    assert any("fewer are shown" in note for note in built.notes)
    assert any("of 5,000 objects of many are shown" in note for note in built.notes)


def test_objects_of_the_fit_are_told_and_not_audited(space):
    told = build_page(space, data=Items.of(spots(400)[:100], name="old")).document["spaces"][0]
    assert "the fit knew" in told["points"]["which"]
    assert told["audit"]["others"] == []


def test_an_older_page_is_replaced_and_nothing_else_is_written(space, tmp_path):
    page = write_page(space, tmp_path, date=DATE)
    before = page.read_bytes()
    assert write_page(space, tmp_path, date="2026-01-03").read_bytes() != before
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([], ConfigurationError, "needs a fitted space"),
        ("space", ConfigurationError, "a str came"),
        ([3], ConfigurationError, "a int came"),
    ],
)
def test_what_is_no_answer_is_refused(answers, error, words, tmp_path):
    with pytest.raises(error, match=words):
        write_page(answers, tmp_path)


def test_a_change_of_another_space_is_refused(space, deep, unseen, tmp_path):
    change = measure_change(deep, unseen.take([0]), unseen.take([1]))
    with pytest.raises(ConfigurationError, match="the space that it was measured in"):
        write_page([space, change], tmp_path)
    assert not list(tmp_path.iterdir())


def test_objects_of_another_kind_are_refused(space, tmp_path):
    with pytest.raises(GausscapeError):
        write_page(space, tmp_path, data=np.zeros((5, 9, 9), dtype="float32"))
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_written_are_refused(space, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Choose another"):
        write_page(space, tmp_path / "file" / "below")
    with pytest.raises(MissingFileError, match="Make it first"):
        write_page(space, tmp_path / "none" / "page.html")
    with pytest.raises(ConfigurationError, match="a date like"):
        write_page(space, tmp_path, date="today")


def test_outcomes_need_names_of_their_own(space, unseen):
    with pytest.raises(ConfigurationError, match="names of their own"):
        build_page(space, data=unseen, outcomes=[Outcome.of(brightness), Outcome.of(brightness)])
