"""A classifier of molecules to be explained: counts of small patterns and a logistic regression, trained when first asked.

From within this folder the command line reaches it by name:

    gausscape explain molecules.space molecules --around 12 --outcome molecule_classifier:predict --target 1

With GAUSSCAPE_MOLECULES=mutag it learns from the MUTAG set instead (see `gausscape data mutag`).
"""

import functools
import os
from collections import Counter
from collections.abc import Hashable, Sequence

import networkx as nx
import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import gausscape as gs

SOURCE = os.environ.get("GAUSSCAPE_MOLECULES", "molecules")
SHARE = 0.8
"""Share of the molecules that it learns from; the others are for questions."""
ROUNDS = 2


def split() -> tuple[gs.Items, gs.Items]:
    """(molecules to learn from, held-out molecules), the same ones each time."""
    molecules = gs.load_data(SOURCE)
    order = np.random.default_rng(0).permutation(len(molecules))
    cut = round(SHARE * len(molecules))
    return molecules.take(order[:cut]), molecules.take(order[cut:])


def count_patterns(graph: nx.Graph) -> dict[str, int]:
    """How often each neighbourhood occurs: the subtree patterns of Weisfeiler and Lehman (Shervashidze et al. 2011)."""
    colours: dict[Hashable, str] = {node: str(kind) for node, kind in graph.nodes(data="type")}
    found = Counter(colours.values())
    for _ in range(ROUNDS):
        colours = {
            node: f"{colours[node]}({','.join(sorted(f'{bond}{colours[other]}' for _, other, bond in graph.edges(node, 'type')))})"
            for node in graph
        }
        found.update(colours.values())
    return dict(found)


@functools.cache
def train() -> Pipeline:
    """The fitted classifier; the first call takes a second."""
    learned, _ = split()
    classifier = make_pipeline(
        DictVectorizer(), StandardScaler(with_mean=False), LogisticRegression(C=0.003, max_iter=2000)
    )
    return classifier.fit([count_patterns(graph) for graph in learned.values], learned.labels == 1)


def predict(graphs: Sequence[nx.Graph]) -> np.ndarray:
    """Probabilities of classes 0 and 1, (n, 2)."""
    return train().predict_proba([count_patterns(graph) for graph in graphs])


def main() -> None:
    _, held_out = split()
    right = (predict(held_out.values)[:, 1] > 0.5) == (held_out.labels == 1)
    print(f"{right.mean():.1%} of {len(held_out):,} held-out molecules of {held_out.name} are told rightly.")


if __name__ == "__main__":
    main()
