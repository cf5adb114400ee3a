"""An order of the nodes that hardly depends on their names: breadth first, from the most central node.

Two graphs that differ in the names of their nodes get the same order, but for nodes that the rules below cannot tell
apart; the decoder's targets are stated in it. The encoder does not read it.
"""

__all__ = ["central_ranks", "order_nodes", "shared_places"]

import numpy as np

ROUNDS = 6
TYPED_ROUNDS = 3
MOST_ORDERED = 50
BITS = 50
MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def central_ranks(
    node_graph: np.ndarray,
    colours: np.ndarray,
    ends: np.ndarray,
    edge_colours: np.ndarray,
    ties: np.ndarray,
) -> np.ndarray:
    """Rank of each node within its graph, 0 for the most central; nodes that cannot be told apart share a rank.

    First counts the number of walks of up to 6 steps that start at the node (a propagated degree), then its own type,
    then walks weighted by the types along them, then its Weisfeiler-Lehman colour, then its numbers.

    Args:
        node_graph: Graph of each node, ascending, (nodes,).
        colours: Type of each node, small whole numbers, (nodes,).
        ends: Positions of the two ends of each edge among all nodes, once each, (edges, 2).
        edge_colours: Type of each edge as seen from its first and from its second end, (edges, 2): they differ for a
            directed edge.
        ties: A number of each node that comes last, (nodes,).

    References:
        Weisfeiler & Leman 1968 (colour refinement); Morgan 1965, The generation of a unique machine description for
        chemical structures (propagated degrees).
    """
    there = np.concatenate([ends[:, 0], ends[:, 1]])
    other = np.concatenate([ends[:, 1], ends[:, 0]])
    label = np.concatenate([edge_colours[:, 0], edge_colours[:, 1]])
    # By receiving end, so that sums are taken over runs.
    arranged = np.argsort(there, kind="stable")
    there, other, label = there[arranged], other[arranged], label[arranged]
    receivers, first = np.unique(there, return_index=True)

    def over_neighbours(values: np.ndarray) -> np.ndarray:
        sums = np.zeros(len(node_graph), dtype=values.dtype)
        if len(first):
            sums[receivers] = np.add.reduceat(values, first)
        return sums

    # Whole numbers throughout: their sums do not depend on the order of the neighbours, not even in the last digit.
    walks = np.ones(len(node_graph), dtype=np.int64)
    for _ in range(ROUNDS):
        walks = walks + over_neighbours(walks[other])
    typed = 1 + colours.astype(np.int64)
    for _ in range(TYPED_ROUNDS):
        typed = typed + over_neighbours((1 + label.astype(np.int64)) * typed[other])
    with np.errstate(over="ignore"):
        hashed = _mixed(colours.astype(np.uint64))
        for _ in range(ROUNDS):
            hashed = _mixed(hashed * MIX[1] + over_neighbours(_mixed(hashed[other] + label.astype(np.uint64) * MIX[2])))
    keys = (ties, hashed, typed, colours, -walks, node_graph)
    sort = np.lexsort(keys)
    changed = np.zeros(len(sort), dtype=bool)
    for key in keys:
        changed[1:] |= key[sort][1:] != key[sort][:-1]
    dense = np.cumsum(changed)
    starts = np.searchsorted(node_graph[sort], node_graph[sort])
    ranks = np.empty(len(sort), dtype=np.int64)
    ranks[sort] = dense - dense[starts]
    return ranks


def order_nodes(adjacency: np.ndarray, ranks: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Node at each position of the order, for a batch of graphs of at most 50 nodes.

    The next node is always that whose earliest neighbour in the order is earliest (breadth first); among those the most
    central; among equals that joined to the earliest nodes; and only then the one that came first.

    Args:
        adjacency: Whether two nodes are joined in any direction, bool, (n, slots, slots).
        ranks: Rank of each node, (n, slots).
        sizes: Number of nodes of each graph, (n,).

    Returns:
        Shape (n, slots); behind the size of a graph the padding, in its own order.
    """
    n, slots = ranks.shape
    rows = np.arange(n)
    padding = np.arange(slots) >= sizes[:, None]
    parent = np.full((n, slots), slots, dtype=np.int64)
    joined = np.zeros((n, slots), dtype=np.int64)
    taken = np.zeros((n, slots), dtype=bool)
    order = np.zeros((n, slots), dtype=np.int64)
    full = np.int64((1 << BITS) - 1)
    for position in range(slots):
        # 6 bits each for the earliest neighbour and the rank, 50 for who the neighbours are.
        key = (parent << (BITS + 6)) | (ranks << BITS) | (full - joined)
        key[padding] = np.iinfo(np.int64).max - 1
        key[taken] = np.iinfo(np.int64).max
        chosen = key.argmin(1)
        order[:, position] = chosen
        taken[rows, chosen] = True
        beside = adjacency[rows, chosen]
        parent = np.where(beside, np.minimum(parent, position), parent)
        joined |= beside.astype(np.int64) << np.int64(BITS - 1 - position)
    return order


def shared_places(adjacency: np.ndarray, ranks: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Place of each node in a breadth-first order in which equals share the mean of their places.

    Unlike `order_nodes` it never chooses between equals, so that it does not depend on what the nodes are called at all.

    Args:
        adjacency: Whether two nodes are joined in any direction, bool, (n, slots, slots).
        ranks: Rank of each node, (n, slots).
        sizes: Number of nodes of each graph, (n,).

    Returns:
        Shape (n, slots), multiples of 1/2; 0 for padding.
    """
    n, slots = ranks.shape
    far = np.int64(4 * slots)
    waiting = np.arange(slots) < sizes[:, None]
    twice = np.zeros((n, slots), dtype=np.int64)
    before = np.zeros(n, dtype=np.int64)
    reached = np.zeros((n, slots), dtype=bool)
    while waiting.any():
        parent = np.where(adjacency & reached[:, None, :], twice[:, None, :], far).min(2)
        beside = waiting & (parent < far)
        # Where nothing is beside what was reached, a part begins anew with its most central nodes.
        first = np.where(waiting, ranks, far).min(1, keepdims=True)
        wave = np.where(beside.any(1, keepdims=True), beside, waiting & (ranks == first))
        key = np.where(wave, parent * slots + ranks, np.iinfo(np.int64).max)
        smaller = (key[:, None, :] < key[:, :, None]).sum(2)
        equal = (key[:, None, :] == key[:, :, None]).sum(2)
        twice = np.where(wave, 2 * before[:, None] + 2 * smaller + equal - 1, twice)
        before += wave.sum(1)
        waiting &= ~wave
        reached = wave
    return (twice / 2).astype(np.float32)


def _mixed(values: np.ndarray) -> np.ndarray:
    """Steele, Lea & Flood 2014, figure 19: a bijection of 64-bit words without visible structure."""
    values = values + MIX[0]
    values = (values ^ (values >> np.uint64(30))) * MIX[1]
    values = (values ^ (values >> np.uint64(27))) * MIX[2]
    return values ^ (values >> np.uint64(31))
