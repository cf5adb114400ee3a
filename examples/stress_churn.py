"""What would a churn model say of customers that nobody has seen yet, and how likely is it to go wrong?

    python stress_churn.py [--data FILE.csv] [--out FOLDER] [--space FOLDER]

The table is IBM's public "Telco customer churn"; without --data it is looked for under the folder that the environment
variable GAUSSCAPE_DATA_DIR names, and without it the script ends. A few minutes on one core. The cells (`# %%`) are those of
the notebook.
"""

# %% [markdown]
# # A stress test of a churn model
#
# A space is fitted to half of the customers, together with the model. Then: scenarios under two stated conditions, rows that hold
# what is impossible otherwise, the probability of a prediction that would be acted upon, and plain Monte Carlo with a
# hundred times the calls to confirm it.

# %%
import argparse
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import gausscape as gs
from gausscape.figures import save_figure
from gausscape.figures.stress_figures import draw_all
from gausscape.stress_testing import Design, confirm_by_plain_sampling

FILE = "WA_Fn-UseC_-Telco-Customer-Churn.csv"

torch.set_num_threads(1)
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", type=Path, help="the CSV file; unset: looked for under $GAUSSCAPE_DATA_DIR")
parser.add_argument("--out", type=Path, default=Path("stress_churn"), help="folder for the figures")
parser.add_argument("--space", type=Path, help="keep the fitted space in this folder, and take it from there")
options, _ = parser.parse_known_args()
folder = os.environ.get("GAUSSCAPE_DATA_DIR")
path = options.data or (next(iter(sorted(Path(folder).rglob(FILE))), None) if folder else None)
if path is None:
    print(f"Skipped: {FILE} is not here. Pass --data FILE.csv, or set GAUSSCAPE_DATA_DIR to a folder that holds it.")
    sys.exit()
options.out.mkdir(parents=True, exist_ok=True)

# %%
table = pd.read_csv(path)
# Eleven new customers have a blank in place of a sum.
table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
customers = gs.load_data(table, id_column="customerID", label_column="Churn")
order = np.random.default_rng(0).permutation(len(customers))
known, new = customers.take(order[: len(order) // 2]), customers.take(order[len(order) // 2 :])
one_hot = make_column_transformer(
    (OneHotEncoder(), make_column_selector(dtype_exclude="number")), remainder="passthrough", sparse_threshold=0
)
trees = HistGradientBoostingClassifier(
    max_iter=100, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=40, random_state=0
)
model = make_pipeline(one_hot, trees).fit(known.values, known.labels)
if options.space is not None and options.space.exists():
    space = gs.load(options.space)
else:
    space = gs.fit(known, latent=16, objective=gs.Elbo(kl_weight=0.35), seed=0)
    if options.space is not None:
        space.save(options.space)
print(f"{space}\n")

# %% [markdown]
# ## What a customer is
#
# What everything generated must hold is said once: nobody stays longer than the company exists, a bill has a least sum, and
# who has no internet has no security for it either.

# %%
legal = space.constrained(
    [
        "tenure between 0 and 72",
        "MonthlyCharges >= 18",
        "TotalCharges >= 0",
        "if InternetService == 'No' then OnlineSecurity == 'No internet service'",
    ]
)

# %% [markdown]
# ## Scenarios under two conditions, and the tails

# %%
y = gs.Outcome.of(model, name="predicted churn", target="Yes", batch=4096)
test = gs.stress_test(
    legal, y, new, tails=("radial", "down tenure"),
    where=("tenure > 60 and Contract == 'Month-to-month'", "SeniorCitizen == 1 and MonthlyCharges < 30"),
    fails="y > 0.9", design=Design(each=200), seed=0,
)  # fmt: skip
print(f"{test}\n")
for name, figure in draw_all(test).items():
    save_figure(figure, options.out / f"{name}.png")

# %% [markdown]
# ## Is that probability right?
#
# The same law, plain draws, a hundred times the calls.

# %%
found = test.failure_probability
if found is None:
    sys.exit("Without a rule there is no probability.")
plain = confirm_by_plain_sampling(legal, y, "y > 0.9", calls=100 * found.estimate.calls, seed=1)
print(f"{found.estimate}\n{plain}")
print("Confirmed: it lies within the interval." if found.lower <= plain.value <= found.upper else "NOT confirmed.")
