"""What a command suggests next works as it stands, and what was mistyped is told with the word that was meant."""

import shlex

import numpy as np
import pandas
import pytest

READ = ("--id-column", "patient", "--read", "time_column=t", "--read", "value_columns=pulse,pressure")


@pytest.fixture(autouse=True)
def beside_the_data(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def rows(tmp_path):
    times = 2 + 0.5 * np.arange(12)
    rng = np.random.default_rng(0)
    tables = [
        pandas.DataFrame(
            {"patient": f"p{n}", "t": times, "pulse": np.sin(times + n), "pressure": rng.normal(size=len(times))}
        )
        for n in range(30)
    ]
    pandas.concat(tables).to_csv(tmp_path / "my rows.csv", index=False)
    (tmp_path / "pca.yaml").write_text("method: pca\nlatent: 2\n")
    return "my rows.csv"


def suggested(out):
    return [shlex.split(line)[1:] for line in out.partition("Next:\n")[2].splitlines()]


def test_every_suggested_command_works(run, rows):
    code, out, error = run("fit", rows, *READ, "--out", "a b.space", "--config", "pca.yaml")
    assert code == 0, error
    following = suggested(out)
    assert [words[0] for words in following] == ["map", "score", "sample"]
    for words in following:
        code, out, error = run(*words)
        assert code == 0, (words, error)
        for more in suggested(out):
            code, _, error = run(*more)
            assert code == 0, (more, error)


def test_a_sampled_table_has_the_names_and_times_of_the_source(run, rows):
    run("fit", rows, *READ, "--out", "p.space", "--config", "pca.yaml")
    assert run("sample", "p.space", "--out", "s.csv", "-n", 2)[0] == 0
    table = pandas.read_csv("s.csv")
    assert list(table.columns[:4]) == ["id", "time", "pulse", "pressure"]
    np.testing.assert_allclose(table["time"], np.tile(2 + 0.5 * np.arange(12), 2))


def test_a_space_is_no_source(run, rows):
    run("fit", rows, *READ, "--out", "p.space", "--config", "pca.yaml")
    code, _, error = run("fit", "p.space", "--out", "q.space")
    assert code == 1
    assert "p.space is a fitted space" in error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--latent", "abc"), "--latent needs a whole number, but got 'abc'"),
        (("--latent=abc",), "--latent needs a whole number, but got 'abc'"),
        (("--seed", "-1"), "--seed needs 0 or more, but got '-1'"),
        (("--modality", "table"), "Did you mean tables?"),
        (("--id-column", "patien"), "Did you mean 'patient'?"),
        (("--label-column", "pulze"), "Did you mean 'pulse'?"),
        (("--id-column", "patient"), "--read time_column=..."),
        (("--read", "time_column=t"), "Pass --id-column NAME."),
        (("--method", "cae"), "--method needs"),
    ],
)
def test_mistyped_options_are_refused_in_one_line(run, rows, words, told):
    code, _, error = run("fit", rows, "--out", "x.space", *words)
    assert code in (1, 2)
    assert told in error
    assert len(error.splitlines()) == 1
