"""Three models to be asked on a page: of customers who leave, of molecules that are mutagenic, of heartbeats that are not normal.

    export GAUSSCAPE_DATA_DIR=...                       a folder that holds telco-churn, MUTAG and ECG5000
    python three_models.py --out .                      known-* to fit (.csv, .jsonl, .npz), unseen-* to show

From within this folder the command line then reaches the models by name, as in docs/page.md, "Three pages, three kinds of data":

    gausscape page telco.space --data unseen-telco.csv --outcome three_models:churn --target Yes ...

Each model learns, when it is first asked, from what the space is fitted to, and from nothing else.
"""

import argparse
import functools
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import gausscape as gs

TABLE = "WA_Fn-UseC_-Telco-Customer-Churn.csv"
UNSEEN = {"telco": 0.5, "mutag": 0.2, "ecg": 0.3}
"""Share of the objects that neither a space nor a model sees."""
CLASSES = {1: "mutagenic", -1: "not mutagenic", 0: "not mutagenic"}
BEATS = {
    1: "normal",
    2: "R-on-T premature ventricular",
    3: "premature ventricular",
    4: "supraventricular",
    5: "unclassified",
}


@functools.cache
def halves(name: str) -> tuple[gs.Items, gs.Items]:
    """(known, unseen), the same ones each time: telco, mutag or ecg."""
    items = SOURCES[name]()
    order = np.random.default_rng(0).permutation(len(items))
    cut = round((1 - UNSEEN[name]) * len(items))
    return items.take(np.sort(order[:cut])), items.take(np.sort(order[cut:]))


def customers() -> gs.Items:
    """The table, its eleven blank sums as missing numbers."""
    path = next(iter(sorted(Path(os.environ["GAUSSCAPE_DATA_DIR"]).rglob(TABLE))))
    table = pd.read_csv(path)
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    return gs.load_data(table, id_column="customerID", label_column="Churn")


def molecules() -> gs.Items:
    """MUTAG, its classes in words."""
    items = gs.load_data("mutag")
    # Atoms are numbered within each molecule, so that an edit names one as a chemist would.
    graphs = [nx.convert_node_labels_to_integers(graph, first_label=1) for graph in items.values]
    return gs.Items(graphs, items.ids, np.array([CLASSES[int(label)] for label in np.asarray(items.labels)]), name="mutag")


def beats() -> gs.Items:
    """ECG5000, both of its parts, its classes in words."""
    parts = [gs.load_data("ecg5000", split=split) for split in ("train", "test")]
    values, ids, labels = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "ids", "labels")
    )
    return gs.Items(values, ids, np.array([BEATS[int(label)] for label in labels]), name="ecg", modality="sequences")


SOURCES = {"telco": customers, "mutag": molecules, "ecg": beats}


@functools.cache
def churn_model() -> Pipeline:
    """Boosted trees on one-hot columns."""
    known, _ = halves("telco")
    one_hot = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
        remainder="passthrough",
        sparse_threshold=0,
    )
    trees = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=40, random_state=0
    )
    return make_pipeline(one_hot, trees).fit(known.values, known.labels)


def churn(rows: pd.DataFrame) -> np.ndarray:
    """Probability that a customer leaves, (n,)."""
    return churn_model().predict_proba(rows)[:, 1]


def count_atoms(graph: nx.Graph) -> dict[str, int]:
    """How many atoms of each element."""
    return dict(Counter(str(kind) for _, kind in graph.nodes(data="type")))


@functools.cache
def mutagen_model() -> Pipeline:
    """Logistic regression on counts of atoms: crude, but on unseen molecules no worse than one on subtree patterns."""
    known, _ = halves("mutag")
    model = make_pipeline(DictVectorizer(), StandardScaler(with_mean=False), LogisticRegression(max_iter=2000))
    return model.fit([count_atoms(graph) for graph in known.values], np.asarray(known.labels) == "mutagenic")


def mutagenic(graphs: Sequence[nx.Graph]) -> np.ndarray:
    """Probability that a molecule is mutagenic, (n,)."""
    return mutagen_model().predict_proba([count_atoms(graph) for graph in graphs])[:, 1]


@functools.cache
def beat_model() -> Pipeline:
    """Logistic regression on twenty principal components."""
    known, _ = halves("ecg")
    model = make_pipeline(PCA(20, random_state=0), StandardScaler(), LogisticRegression(max_iter=1000))
    return model.fit(_flat(known.values), known.labels != "normal")


def abnormal(beats: Any) -> np.ndarray:
    """Probability that a heartbeat is not a normal one, (n,)."""
    return beat_model().predict_proba(_flat(beats))[:, 1]


def _flat(beats: Any) -> np.ndarray:
    return np.asarray(beats, dtype=np.float64).reshape(len(beats), -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the halves")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for part, half in zip(("known", "unseen"), halves("telco"), strict=True):
        table = half.values.assign(Churn=half.labels)
        table.insert(0, "customerID", half.ids)
        table.to_csv(out / f"{part}-telco.csv", index=False)
    for part, half in zip(("known", "unseen"), halves("mutag"), strict=True):
        told = zip(half.ids, np.asarray(half.labels), half.values, strict=True)
        rows = [
            {"id": str(name), "label": str(label), **nx.node_link_data(graph, edges="edges")}
            for name, label, graph in told
        ]
        (out / f"{part}-mutag.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for part, half in zip(("known", "unseen"), halves("ecg"), strict=True):
        np.savez_compressed(out / f"{part}-ecg.npz", data=half.values, labels=np.asarray(half.labels), ids=half.ids)
    for name, y, usual in (("telco", churn, "No"), ("mutag", mutagenic, "not mutagenic"), ("ecg", abnormal, "normal")):
        unseen = halves(name)[1]
        area = roc_auc_score(unseen.labels != usual, y(unseen.values))
        print(f"{name}: area under the curve {area:.3f} on {len(unseen):,} unseen")


if __name__ == "__main__":
    main()
