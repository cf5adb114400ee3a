"""Cells -> graphs: any cells give a legal graph, as like them as may be."""

__all__ = ["build_graphs"]

from typing import Any

import numpy as np
from torch import Tensor

from gausscape.modalities.graphs.cells import CellMap
from gausscape.modalities.graphs.numbers import NumberColumn
from gausscape.modalities.graphs.schema import GraphSchema

LIKELY = 0.5
LEAST_SHARE = 0.25


def build_graphs(cells: Tensor, schema: GraphSchema, cell_map: CellMap) -> list[Any]:
    """The graph that each row of cells says.

    As many nodes as the size cell says, rounded, at least one; of each node and edge the likeliest type; each edge whose
    cells add up to more than one half. A node without an earlier neighbour is joined to the likeliest one, unless the fit
    held graphs in several parts and none is likely. Only types that were fitted occur; nodes are 0 .. n - 1.

    Args:
        cells: Shape (n, cells).
        schema: Of the fit.
        cell_map: What the cells say.

    Returns:
        networkx graphs.
    """
    import networkx

    blocks = cell_map.split(cells.detach().cpu().double().nan_to_num(0.0, 0.0, 0.0))
    centre, unit = schema.size
    sizes = np.rint(blocks.size.numpy() * unit + centre).clip(1, cell_map.slots).astype(int)
    types = blocks.types.numpy().argmax(-1)
    shares = blocks.edges.numpy()
    kinds, edge = shares.argmax(-1), shares.sum(-1)
    joined = _joined(edge, sizes, schema, cell_map)
    later, earlier = cell_map.later.numpy(), cell_map.earlier.numpy()
    loops = blocks.loops.numpy() > LIKELY
    exists = blocks.types.numpy().sum(-1)
    node_numbers = _unmixed(blocks.node_numbers.numpy(), exists)
    edge_numbers = _unmixed(blocks.edge_numbers.numpy(), edge)
    graphs = []
    for row, size in enumerate(sizes.tolist()):
        graph = networkx.DiGraph() if schema.directed else networkx.Graph()
        nodes = _data(schema.node_types, types[row, :size], schema.node_numbers, node_numbers[row, :size])
        graph.add_nodes_from(enumerate(nodes))
        pair, direction = np.nonzero(joined[row])
        start = np.where(direction == 0, earlier[pair], later[pair]).tolist()
        end = np.where(direction == 0, later[pair], earlier[pair]).tolist()
        data = _data(schema.edge_types, kinds[row, pair, direction], schema.edge_numbers, edge_numbers[row, pair, direction])
        graph.add_edges_from(zip(start, end, data, strict=True))
        for node in np.flatnonzero(loops[row, :size]).tolist() if cell_map.loops else ():
            graph.add_edge(node, node)
        graphs.append(graph)
    return graphs


def _joined(edge: np.ndarray, sizes: np.ndarray, schema: GraphSchema, cell_map: CellMap) -> np.ndarray:
    """Which edges there are, bool, (n, pairs, directions)."""
    there = cell_map.later.numpy() < sizes[:, None]
    joined = (edge > LIKELY) & there[..., None]
    # Rows of pairs belong to their later slot: which of them are still without an earlier neighbour?
    total = edge.sum(-1)
    for slot in range(1, cell_map.slots):
        own = np.arange(slot * (slot - 1) // 2, slot * (slot + 1) // 2)
        alone = (sizes > slot) & ~joined[:, own].any((1, 2))
        if schema.disconnected:
            alone &= total[:, own].sum(1) > LIKELY
        rows = np.flatnonzero(alone)
        if not len(rows):
            continue
        # Among equals the latest, so that cells that say nothing give a path and no star.
        best = own[slot - 1 - total[rows][:, own[::-1]].argmax(1)]
        joined[rows, best, edge[rows, best].argmax(1)] = True
    return joined


def _unmixed(numbers: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Expected numbers, given that the node or edge exists: a cell holds them times the probability that it does."""
    return numbers / share.clip(LEAST_SHARE, 1.0)[..., None]


def _data(levels: Any, codes: np.ndarray, columns: tuple[NumberColumn, ...], scores: np.ndarray) -> list[dict]:
    """What each node or edge bears."""
    data: list[dict] = [{} for _ in codes]
    if levels.attribute is not None:
        for own, code in zip(data, codes.tolist(), strict=True):
            own[levels.attribute] = levels.levels[code]
    for k, column in enumerate(columns):
        for own, value in zip(data, column.back(scores[:, k]), strict=True):
            if column.place is None:
                own[column.name] = value
            else:
                own.setdefault(column.name, []).append(value)
    return data
