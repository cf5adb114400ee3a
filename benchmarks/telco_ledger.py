"""Which averaged claims about customer churn hold customer by customer? A ledger on the telco table, confirmed and contested.

    python benchmarks/telco_ledger.py [--data FILE.csv] [--seed 7] [--patches 100] [--calls 2400] [--radius 3.2]

The table is IBM's public "Telco customer churn" (7,043 customers, 19 columns, the file
`WA_Fn-UseC_-Telco-Customer-Churn.csv`); without --data it is looked for under the folder that the environment variable
GAUSSCAPE_DATA_DIR names. Needs `shap`.

Half of the customers fit a gradient-boosting model of churn and the space; the other half is cut in two. A ledger comes from
patches around customers of the first part, and its general verdicts are put to the test in a ledger made from the
second part. Then the claims that people make from averages are judged by the first ledger, for every column:

- SHAP: a column's mean SHAP value with the level less that without (numbers: the slope of SHAP value on the number);
- LR: the coefficient of a logistic regression on the real answers, where its p-value is below 0.05;
- PD: the partial dependence with the level less that with the commonest other one (numbers: 90th less 10th percentile).

"Alone" is no claim but a check: the share of the customers of the first part for whom y rises when that column alone is
changed as for PD. The ledger's effects are those of a column that moves with what normally comes along, so that it can call
general what the model hardly uses alone (a partner comes with a longer tenure), and a refusal is no proof of the
opposite: it says that the average is not shown to speak for most customers.

The settings (model, kl_weight, latent, radius, patches, calls, features) were chosen on the splits of seeds 1 and 2; what is reported
is seed 7, which was run once they were fixed. No gate is lowered: fidelity, R^2, coverage and levels are the defaults.
"""

import argparse
import os
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

import gausscape as gs
from gausscape.explanation import Explanation, Ledger, measure_fidelity

FILE = "WA_Fn-UseC_-Telco-Customer-Churn.csv"
SIGNIFICANT = 0.05
KL_WEIGHT, LATENT = 0.35, 16
FEATURES = (
    "gender = Male",
    "SeniorCitizen = 1",
    "Partner = Yes",
    "Dependents = Yes",
    "tenure",
    "PhoneService = Yes",
    "MultipleLines = Yes",
    "InternetService = Fiber optic",
    "OnlineSecurity = No",
    "OnlineBackup = No",
    "DeviceProtection = No",
    "TechSupport = No",
    "StreamingTV = Yes",
    "StreamingMovies = Yes",
    "Contract = Month-to-month",
    "PaperlessBilling = Yes",
    "PaymentMethod = Electronic check",
    "MonthlyCharges",
    "TotalCharges",
)
"""One a column, the level that people name: what is asked is said before the answers are seen, and Holm's procedure
adjusts over all of it."""
WORDING = gs.Wording("customers", "predicted churn")


@dataclass(frozen=True)
class Customers:
    """The table, with its rows split.

    Args:
        table: 19 columns.
        left: Whether each customer left.
        ids: Of the customers.
        fit, first, second: Row numbers of one half and two quarters.
    """

    table: pd.DataFrame
    left: np.ndarray
    ids: np.ndarray
    fit: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def items(self, rows: np.ndarray) -> gs.Items:
        """Customers by number, with their ids."""
        return gs.Items(self.table.iloc[rows].reset_index(drop=True), ids=self.ids[rows], name="customers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the CSV file; unset: looked for under $GAUSSCAPE_DATA_DIR")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--patches", type=int, default=100, help="in either ledger")
    parser.add_argument("--calls", type=int, default=2400, help="of the model, in each patch")
    parser.add_argument("--radius", type=float, default=3.2, help="of the patches, in standard deviations")
    parser.add_argument("--space", type=Path, help="keep the fitted space in this folder, and take it from there")
    options = parser.parse_args()
    path = find_table(options.data)
    if path is None:
        print(
            f"Skipped: {FILE} is not here. Pass --data FILE.csv, or set GAUSSCAPE_DATA_DIR to a folder that holds it."
        )
        return
    torch.set_num_threads(1)
    wall, cpu = time.perf_counter(), time.process_time()
    customers = read_customers(path, options.seed)
    model = fit_model(customers)
    for name, rows in (("fitted", customers.fit), ("first", customers.first), ("second", customers.second)):
        score = roc_auc_score(customers.left[rows], predict(model, customers.table.iloc[rows]))
        print(f"AUC of the model on the {name} customers ({len(rows):,}): {score:.3f}")
    space = fit_space(customers, options.seed, options.space)
    print(f"Space: {len(space.live_axes)} live axes; {time.process_time() - cpu:.0f} CPU-s so far\n")
    outcome = gs.Outcome.of(model, name="churn", target="Yes", batch=4096)
    parts = [customers.items(rows) for rows in (customers.first, customers.second)]
    fidelity = measure_fidelity(space, outcome, parts[0], seed=options.seed)
    print(f"{fidelity}\n")
    if fidelity.overall.agreement < fidelity.least:
        sys.exit("The fidelity gate is closed: nothing is explained. Fit a space that keeps more of what y reads.")
    answers = [
        gs.explain(
            space, outcome, options.patches, data=part, calls=options.calls, radius=options.radius, features=FEATURES,
            wording=WORDING, seed=options.seed,
        )
        for part in parts
    ]  # fmt: skip
    ledgers = [answer.ledger for answer in answers if answer.ledger is not None]
    if len(ledgers) < 2:
        sys.exit(f"{options.patches} patches make no ledger. Pass --patches 60 or more.")
    for name, answer in zip(("first", "second"), answers, strict=True):
        print(f"Patches around {name} customers: {tell_patches(answer)}")
    print(f"\nThe ledger of the first part\n{ledgers[0]}\n")
    for entry in ledgers[0]:
        if entry.verdict == "GLOBAL":
            print(f"  {entry}")
    confirmation = ledgers[0].confirm(ledgers[1])
    print(f"\nPut to the test on the second part: {confirmation}")
    print(f"confirmed: {', '.join(confirmation.confirmed) or '-'}\nlost: {', '.join(confirmation.lost) or '-'}\n")
    judge_averages(ledgers[0], customers, model)
    print(f"\n{outcome.calls:,} calls; {time.process_time() - cpu:.0f} CPU-s, {time.perf_counter() - wall:.0f} s")


def find_table(asked: Path | None) -> Path | None:
    if asked is not None:
        return asked
    folder = os.environ.get("GAUSSCAPE_DATA_DIR")
    return next(iter(sorted(Path(folder).rglob(FILE))), None) if folder else None


def read_customers(path: Path, seed: int) -> Customers:
    table = pd.read_csv(path)
    ids, left = table.pop("customerID").to_numpy(), table.pop("Churn").to_numpy() == "Yes"
    # Eleven new customers have a blank in place of a sum.
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    order = np.random.default_rng([seed, 5]).permutation(len(table))
    half, quarter = len(order) // 2, len(order) // 4
    return Customers(table, left, ids, order[:half], order[half : half + quarter], order[half + quarter :])


def fit_model(customers: Customers) -> Pipeline:
    levels = make_column_transformer(
        (OneHotEncoder(sparse_output=False), make_column_selector(dtype_exclude="number")),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    trees = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=40, random_state=0
    )
    answers = np.where(customers.left, "Yes", "No")
    return make_pipeline(levels, trees).fit(customers.table.iloc[customers.fit], answers[customers.fit])


def predict(model: Pipeline, table: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(table)[:, 1]


def fit_space(customers: Customers, seed: int, folder: Path | None) -> gs.Space:
    if folder is not None and folder.exists():
        return gs.load(folder)
    objective = gs.Elbo(kl_weight=KL_WEIGHT)
    space = gs.fit(customers.items(customers.fit), latent=LATENT, objective=objective, seed=seed)
    if folder is not None:
        space.save(folder)
    return space


def tell_patches(answer: Explanation) -> str:
    withheld = sum(patch.withheld is not None for patch in answer.patches)
    linear = [patch for patch in answer.patches if patch.is_linear]
    radii = Counter(f"{patch.patch.radius:.2f}" for patch in answer.patches).most_common()
    fits = np.quantile([patch.r_squared for patch in linear], [0.1, 0.5]) if linear else (0, 0)
    return (
        f"{len(answer.patches)}; {withheld} withheld, {len(linear)} linear (share of what the code decides of y that is "
        f"explained: median {fits[1]:.2f}, lower tenth {fits[0]:.2f}); coverage {answer.coverage:.0%}; {answer.calls:,} calls; "
        f"radii {', '.join(f'{radius} ({count})' for radius, count in radii)}"
    )


# --- what people say from averages ----------------------------------------------------------------------------------


def judge_averages(ledger: Ledger, customers: Customers, model: Pipeline) -> None:
    """Print every averaged claim and what the ledger says to it."""
    table = customers.table.iloc[customers.first].reset_index(drop=True)
    shap_sign, weight = claims_of_shap(model, table)
    coefficients = claims_of_regression(customers.table.iloc[customers.fit], customers.left[customers.fit])
    print(
        "Averaged claims, columns with the largest mean |SHAP| first: + raises churn, - lowers it, and what the ledger says"
    )
    print(f"  {'feature':<42}{'SHAP':>16}{'LR (p)':>24}{'PD':>16}   alone    ledger")
    tally: dict[str, Counter] = {"SHAP": Counter(), "LR": Counter(), "PD": Counter()}
    reasons: dict[tuple[str, str], str] = {}
    for feature in sorted((entry.feature for entry in ledger), key=lambda name: -weight.get(name, 0.0)):
        if feature not in shap_sign:
            continue
        dependence, alone = partial_dependence(model, table, feature)
        claims = {"SHAP": shap_sign[feature], "PD": dependence}
        coefficient, p = coefficients.get(feature, (0.0, 1.0))
        if p < SIGNIFICANT:
            claims["LR"] = coefficient
        told = {}
        for rival, value in claims.items():
            claim = ledger.judge_claim(feature, value) if value else None
            if claim is None:
                continue
            tally[rival]["upheld" if claim.upheld else "refused"] += 1
            told[rival] = f"{value:+.3f} {'UPHELD' if claim.upheld else 'refused'}"
            if not claim.upheld:
                alike = ", ".join(name for name, other in claims.items() if other * value > 0)
                reasons.setdefault((feature, alike), str(claim))
        regression = f"{told['LR']} ({p:.0e})" if "LR" in told else (f"- ({p:.2f})" if feature in coefficients else "-")
        print(
            f"  {feature:<42}{told.get('SHAP', '-'):>16}{regression:>24}{told.get('PD', '-'):>16}{alone:>8.0%}    "
            f"{ledger[feature].verdict}"
        )
    for rival, count in tally.items():
        print(f"  {rival}: {count['upheld']} upheld, {count['refused']} refused")
    print("\nWhy: the refused claims about the three columns with the largest SHAP values, and those that are MIXED")
    foremost = list(dict.fromkeys(name.partition(" = ")[0] for name in sorted(weight, key=lambda each: -weight[each])))[
        :3
    ]
    for (feature, rivals), reason in reasons.items():
        if feature.partition(" = ")[0] in foremost or ledger[feature].verdict == "MIXED":
            print(f"  {feature} ({rivals})\n    {reason}")


def claims_of_shap(model: Pipeline, table: pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    """(what mean SHAP values say of each feature, in log-odds; mean |SHAP| of its column)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its imports
        import shap

    encoded = model[0].transform(table)
    values = pd.DataFrame(shap.TreeExplainer(model[1]).shap_values(encoded), columns=encoded.columns)
    claims, weight = {}, {}
    for column in table:
        own = [name for name in encoded if name == column or name.startswith(f"{column}_")]
        credit = values[own].sum(axis=1).to_numpy()
        for feature, inside in features_of(table, column).items():
            there = np.isfinite(inside)
            centred = inside[there] - inside[there].mean()
            claims[feature] = float(centred @ credit[there] / (centred @ centred) * _scale(inside))
            weight[feature] = float(np.abs(credit).mean())
    return claims, weight


def claims_of_regression(table: pd.DataFrame, left: np.ndarray) -> dict[str, tuple[float, float]]:
    """(coefficient, Wald p-value) of a logistic regression, as usual: a level of each column left out, "no service" a no."""
    from scipy import stats

    plain = table.replace({"No internet service": "No", "No phone service": "No"}).fillna({"TotalCharges": 0.0})
    columns: dict[str, np.ndarray] = {}
    for column in plain:
        found = features_of(plain, column)
        if len(found) > 1:  # one level is left out: of several, the first that is not asked about
            left_out = next(name for name in found if name not in FEATURES)
            found = {name: each for name, each in found.items() if name != left_out}
        columns |= {name: (each - each.mean()) / _scale(each) for name, each in found.items()}
    matrix = np.column_stack(list(columns.values()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        fitted = LogisticRegression(C=np.inf, max_iter=2000, tol=1e-8).fit(matrix, left)
    p = fitted.predict_proba(matrix)[:, 1]
    design = np.column_stack([np.ones(len(matrix)), matrix])
    error = np.sqrt(np.diag(np.linalg.pinv(design.T @ (design * (p * (1 - p))[:, None]))))[1:]
    return {
        name: (float(value), float(2 * stats.norm.sf(abs(value) / each)))
        for name, value, each in zip(columns, fitted.coef_[0], error, strict=True)
    }


def partial_dependence(model: Pipeline, table: pd.DataFrame, feature: str) -> tuple[float, float]:
    """(mean rise of y when this column alone is changed for everybody, share for whom it rises)."""
    column, _, level = feature.partition(" = ")
    if level:
        values = [str(each) for each in table[column]]
        others = [each for each, _ in Counter(values).most_common() if each != level]
        # Somebody without internet does not take up a service by a change of that column alone.
        other = next((each for each in others if not each.endswith("service")), others[0])
        kind = table[column].dtype.type
        low, high = (
            (other, level) if kind is np.object_ or not np.issubdtype(kind, np.number) else (int(other), int(level))
        )
    else:
        low, high = (table[column].quantile(share) for share in (0.1, 0.9))
        low, high = (round(each) if table[column].dtype.kind == "i" else each for each in (low, high))
    rise = predict(model, table.assign(**{column: high})) - predict(model, table.assign(**{column: low}))
    return float(rise.mean()), float((rise > 0).mean())


def features_of(table: pd.DataFrame, column: str) -> dict[str, np.ndarray]:
    """The column as numbers under the names that the space gives them."""
    values = table[column]
    if values.dtype.kind == "f" or values.nunique() > 10:
        return {column: values.to_numpy(dtype=np.float64)}
    return {f"{column} = {level}": (values == level).to_numpy(dtype=np.float64) for level in sorted(values.unique())}


def _scale(values: np.ndarray) -> float:
    """One for a level, a standard deviation for a number."""
    return 1.0 if set(np.unique(values)) <= {0.0, 1.0} else float(np.nanstd(values))


if __name__ == "__main__":
    main()
