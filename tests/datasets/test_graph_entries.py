"""Graphs of the catalogue: the made-up molecules, and MUTAG and AIDS from folders and from an archive."""

import contextlib
import dataclasses
import hashlib
import http.server
import io
import shutil
import threading
import zipfile
from collections import Counter
from typing import ClassVar

import networkx as nx
import numpy as np
import pytest

from gausscape.datasets import load
from gausscape.datasets.entries import molecules, tu_sets
from gausscape.datasets.packed_download import fetch_packed
from gausscape.errors import DamagedFileError, MissingFileError, StorageError

VALENCES = {"C": 4, "N": 4, "O": 2, "F": 1, "Cl": 1, "Br": 1}  # a nitro group is written with a charged nitrogen
BONDS = {"single": 1, "double": 2, "aromatic": 1.5}


def test_molecules_have_the_promised_look():
    items = load("molecules")
    assert all(10 <= len(graph) <= 28 and nx.is_connected(graph) for graph in items.values)
    assert {kind for graph in items.values for _, kind in graph.nodes(data="type")} == set(VALENCES)
    assert {kind for graph in items.values for *_, kind in graph.edges(data="type")} == set(BONDS)
    assert 0.25 < items.labels.mean() < 0.5


def test_no_atom_has_more_bonds_than_it_can():
    for graph in load("molecules").values:
        for node, kind in graph.nodes(data="type"):
            bonds = Counter(told["type"] for *_, told in graph.edges(node, data=True))
            # Three aromatic bonds are those of an atom that two or three rings share: 4 in either way of drawing them.
            used = 4 if bonds["aromatic"] == 3 else sum(BONDS[bond] * times for bond, times in bonds.items())
            assert used <= VALENCES[kind]


def test_the_label_follows_nitro_groups_and_rings():
    """Of 400 labels 5 % are turned round: more than 45 would have a probability below 1e-6."""
    items = load("molecules")
    turned = 0
    for graph, label in zip(items.values, items.labels, strict=True):
        aromatic = [(u, v) for u, v, kind in graph.edges(data="type") if kind == "aromatic"]
        rings = len(aromatic) - graph.edge_subgraph(aromatic).number_of_nodes() + 1
        nitro = any(kind == "double" for *_, kind in graph.edges(data="type"))
        turned += label != (nitro and rings >= 3)
    assert 1 <= turned <= 45


def test_molecules_are_the_same_each_time(untouched_randomness):
    first, second = load("molecules"), load("molecules")
    assert np.array_equal(first.labels, second.labels)
    assert all(nx.utils.graphs_equal(a, b) for a, b in zip(first.values, second.values, strict=True))
    other = molecules.make_molecule(np.random.default_rng(7))[0]
    assert not nx.utils.graphs_equal(other, first.values[0])


@pytest.fixture
def mutag(shared_data, tmp_path, monkeypatch):
    monkeypatch.delenv("GAUSSCAPE_DATA_DIR", raising=False)
    if not (shared_data / "tu-mutag").is_dir():
        pytest.skip("needs tu-mutag among the larger data sets")
    return shared_data / "tu-mutag"


def test_mutag_from_a_folder_is_recognised(mutag, tmp_path, recwarn):
    items = load("mutag", data_dir=mutag)
    assert not recwarn
    assert (len(items), items.name, items.modality) == (188, "mutag", "graphs")
    assert Counter(items.labels.tolist()) == {1: 125, -1: 63}
    atoms = Counter(kind for graph in items.values for _, kind in graph.nodes(data="type"))
    assert atoms == {"C": 2395, "O": 593, "N": 345, "Cl": 23, "F": 12, "Br": 2, "I": 1}
    bonds = Counter(kind for graph in items.values for *_, kind in graph.edges(data="type"))
    assert bonds == {"aromatic": 2354, "single": 1004, "double": 362, "triple": 1}
    for place in ("mutag", "MUTAG", "MUTAG/raw"):
        shutil.copytree(mutag, tmp_path / "all" / place)
        assert len(load("mutag", data_dir=tmp_path / "all")) == 188
        shutil.rmtree(tmp_path / "all")


def test_own_files_are_used_under_a_warning(mutag, tmp_path):
    shutil.copytree(mutag, tmp_path / "mine")
    labels = tmp_path / "mine" / "MUTAG_graph_labels.txt"
    labels.chmod(0o644)
    labels.write_text(labels.read_text().replace("-1", "0"))
    with pytest.warns(UserWarning, match="MUTAG_graph_labels.txt is not the published file"):
        items = load("mutag", data_dir=tmp_path / "mine")
    assert set(items.labels.tolist()) == {0, 1}
    labels.unlink()
    with pytest.raises(MissingFileError, match=r"MUTAG_A\.txt"):
        load("mutag", data_dir=tmp_path / "mine")


def test_aids_from_a_folder_is_recognised(shared_data, recwarn):
    if not (shared_data / "tu-aids").is_dir():
        pytest.skip("needs tu-aids among the larger data sets")
    items = load("aids", data_dir=shared_data / "tu-aids")
    assert not recwarn
    assert len(items) == 2000
    assert set(items.values[0].nodes[1]) == {"type", "charge", "x", "y"}
    assert Counter(kind for graph in items.values for *_, kind in graph.edges(data="type")) == {
        "single": 23_835, "double": 8_375, "triple": 180,
    }  # fmt: skip


CONTENTS = {f"DS_{name}.txt": name.encode() * 50 for name in ("A", "graph_indicator", "graph_labels")}
MEMBERS = {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in CONTENTS.items()}


def packed(**changed):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in CONTENTS.items():
            archive.writestr(f"DS/{name}", changed.get(name.split("_", 1)[1].removesuffix(".txt"), content))
        archive.writestr("../../outside.txt", b"x")
    return file.getvalue()


class Site(http.server.BaseHTTPRequestHandler):
    """Serves what it was given."""

    served: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        if self.path not in self.served:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(self.served[self.path])

    def log_message(self, *words):
        pass


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GAUSSCAPE_DATA_DIR", raising=False)
    monkeypatch.setattr("gausscape.datasets.download.ROUNDS", 1)
    Site.served, Site.asked = {}, []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


def try_fetch(site, limit=100_000):
    return fetch_packed(f"{site}DS.zip", MEMBERS, mirrors=[f"{site}raw/"], limit=limit, folder="ds")


def test_an_archive_is_fetched_once_and_checked(site, tmp_path):
    Site.served = {"/DS.zip": packed()}
    for _ in range(2):
        folder = try_fetch(site)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    assert Site.asked == ["/DS.zip"]
    assert not list(tmp_path.rglob("outside.txt"))


@pytest.mark.parametrize(
    "archive", [None, packed(A=b"altered" * 9), b"no archive", packed()[:-30], packed(A=bytes(10_000_000))]
)
def test_what_the_archive_lacks_comes_from_the_mirror(site, archive):
    Site.served = {f"/raw/{name}": content for name, content in CONTENTS.items()}
    if archive is not None:
        Site.served["/DS.zip"] = archive
    folder = try_fetch(site)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS


def test_an_endless_archive_is_cut_off(site):
    Site.served = {"/DS.zip": bytes(2_000_000)}
    with pytest.raises(MissingFileError, match=r"DS_A\.txt"):
        try_fetch(site, limit=1000)


def test_an_altered_mirror_is_refused_and_nothing_stays(site, tmp_path):
    Site.served = {f"/raw/{name}": b"x" + content[1:] for name, content in CONTENTS.items()}
    with pytest.raises(DamagedFileError):
        try_fetch(site)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_cache_that_cannot_be_written_is_named(site, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    Site.served = {"/DS.zip": packed()}
    with pytest.raises(StorageError, match="cache"):
        try_fetch(site)


def test_mutag_from_an_archive(mutag, site):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in mutag.iterdir():
            archive.write(path, f"MUTAG/{path.name}")
    Site.served = {"/MUTAG.zip": file.getvalue()}
    published = dataclasses.replace(tu_sets.MUTAG, archive=f"{site}MUTAG.zip", mirrors=())
    assert len(tu_sets.read(published, None, None)) == 188
    Site.served = {}
    assert len(tu_sets.read(published, None, None)) == 188  # from the cache
