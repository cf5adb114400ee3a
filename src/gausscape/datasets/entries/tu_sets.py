"""MUTAG and AIDS of the TU collection: from a local folder, or downloaded and held against published hashes."""

__all__ = ["ENTRIES", "TuSet"]

import functools
import hashlib
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from gausscape.datasets.entry import Entry
from gausscape.errors import MissingFileError
from gausscape.items import Items


@dataclass(frozen=True)
class TuSet:
    """One set as it is published.

    Args:
        name: Its name in the catalogue.
        prefix: What its files begin with.
        mirrors: Addresses of folders that hold the files as they are.
        archive: Address of the collection's own archive, asked first.
        archive_limit: More bytes than that the archive surely does not have.
        options: Reading options: names of the codes.
        files: From the end of the file name to (size in bytes, SHA-256).
    """

    name: str
    prefix: str
    archive: str
    archive_limit: int
    mirrors: tuple[str, ...]
    options: dict[str, str]
    files: dict[str, tuple[int, str]]

    @property
    def published(self) -> dict[str, tuple[int, str]]:
        """From file name to (size, SHA-256)."""
        return {f"{self.prefix}_{part}.txt": told for part, told in self.files.items()}


COPIES = (
    "https://raw.githubusercontent.com/XuelinHu/Matrix-ResGNN-GraphClassificatio/"
    "f76543d8bd82c7ebe1c16f59d9219d038c62ac8e/data/TUDataset/{}/raw/"
)

MUTAG = TuSet(
    name="mutag",
    prefix="MUTAG",
    archive="https://www.chrsmrrs.com/graphkerneldatasets/MUTAG.zip",
    archive_limit=1 << 20,
    mirrors=(COPIES.format("MUTAG"),),
    options={"node_names": "C,N,O,F,I,Cl,Br", "edge_names": "aromatic,single,double,triple"},
    files={
        "A": (76_940, "d9656ca7493f3445d737c711710bb36fd432dddd1c0ea32e1d4713c86ebd28e2"),
        "edge_labels": (14_884, "4669ce755075ff86c3240709345745886400908fa637a49310459b9c267b3e56"),
        "graph_indicator": (11_532, "7d520a4d6c7961c0cdeabe076d8fe27e795b6d373485c9a2b744987e560a2056"),
        "graph_labels": (439, "a1518ea39ba3426bd42f57396b9c4baffe68e9adc718caeeab0119c6591a5f2c"),
        "node_labels": (6_742, "678f429965490e84dd27713017538c995fc05d1621beac910848b600015ee863"),
    },
)

AIDS = TuSet(
    name="aids",
    prefix="AIDS",
    archive="https://www.chrsmrrs.com/graphkerneldatasets/AIDS.zip",
    archive_limit=8 << 20,
    mirrors=(COPIES.format("AIDS"),),
    options={
        "node_names": "C,O,N,Cl,F,S,Se,P,Na,I,Co,Br,Li,Si,Mg,Cu,As,B,Pt,Ru,K,Pd,Au,Te,W,Rh,Zn,Bi,Pb,Ge,Sb,Sn,Ga,Hg,Ho,Tl,Ni,Tb",
        "edge_names": "single,double,triple",
        "node_attributes": "chem,charge,x,y",
    },
    files={
        "A": (796_282, "9da8e3f787d1dbdc80a35f205707bd0bec0778261fb7e54355c061912f8d8380"),
        "edge_labels": (129_560, "47e3eac0bf8c6196af7d5532fba3d2c9b29014740d471bd4696149a5ef2bf7d7"),
        "graph_indicator": (140_162, "8a1ede4f84bcba1f5a7f49fe7e89cdc74466645b62175603710b80300fb68be4"),
        "graph_labels": (4_000, "da9c413b24b0a808b497a4567f57dce975d0eb9dc69c5db82aec6a172c88e28f"),
        "node_attributes": (1_273_936, "e47595d48fa329d84183fd68f8b4a6b327fd05690e3d335ffcdc6b7c110f081c"),
        "node_labels": (63_007, "d90cda6258c58f4c3facaa2e6a71e1b589da13f0162af59881400a3c8f0c514a"),
    },
)


def read(published: TuSet, split: str | None, data_dir: Path | None) -> Items:
    """Graphs with named types of nodes and edges, and the class of each.

    The files are taken from `data_dir`; or, if none is given, from the folder that the environment variable
    GAUSSCAPE_DATA_DIR names, where it holds them; or else downloaded once. They may lie in the folder itself, in one of
    the set's name, or in its subfolder raw. Local bytes with another hash than the published one are used under a
    warning; a download with another hash is refused.
    """
    from gausscape.datasets.folder_readers import tu_folder

    items = tu_folder.read(locate(published, data_dir), published.options)
    for graph in items.values:
        for _, told in graph.nodes(data=True):
            told.pop("chem", None)  # AIDS: a second code of the element, which the type tells
    return Items(items.values, items.ids, items.labels, name=published.name, modality="graphs")


def locate(published: TuSet, data_dir: Path | None) -> Path:
    """The folder with the files, the user's own or the cache after a download."""
    named = os.environ.get("GAUSSCAPE_DATA_DIR")
    folder = data_dir or (Path(named).expanduser() if named else None)
    if folder is not None:
        places = [folder / name for name in (published.name, published.prefix)]
        for place in (*places, *(place / "raw" for place in places), folder):
            if all((place / name).is_file() for name in published.published):
                compare_hashes(published, place)
                return place
        if data_dir is not None:
            raise MissingFileError(
                f"{', '.join(published.published)} were needed in {folder} or {places[0]}, but are not all there. "
                "Put them there, or leave data_dir away to download them."
            )
    from gausscape.datasets.packed_download import fetch_packed

    return fetch_packed(
        published.archive,
        published.published,
        mirrors=published.mirrors,
        limit=published.archive_limit,
        folder=published.name,
    )


def compare_hashes(published: TuSet, place: Path) -> None:
    """Warn where a local file is not the published one."""
    from gausscape.datasets.file_state import whole_bytes

    for name, (_, digest) in published.published.items():
        found = hashlib.sha256(whole_bytes(place / name)).hexdigest()
        if found != digest:
            warnings.warn(
                f"{place / name} is not the published file: its SHA-256 is {found[:12]}..., the published one "
                f"{digest[:12]}.... It is used as it is, and results need not compare with those of others.",
                stacklevel=6,
            )


ENTRIES = (
    Entry(
        name="mutag",
        kind="graphs",
        objects=188,
        summary="Molecules of 10-28 atoms, nitroaromatic; labels: mutagenic on Salmonella (1) or not (-1) (0.1 MB).",
        licence="None stated; free for research, cite TUDataset (arXiv:2007.08663)",
        source="Debnath, Lopez de Compadre, Debnath, Shusterman, Hansch 1991; in TUDataset (Morris and others 2020)",
        bundled=False,
        read=functools.partial(read, MUTAG),
    ),
    Entry(
        name="aids",
        kind="graphs",
        objects=2000,
        summary="Molecules of 2-95 atoms with charges and drawing coordinates; labels: active against HIV (0) or not (1).",
        licence="None stated; free for research, cite TUDataset (arXiv:2007.08663)",
        source="NCI AIDS antiviral screen; Riesen, Bunke 2008 (IAM graph database); in TUDataset (Morris and others 2020)",
        bundled=False,
        read=functools.partial(read, AIDS),
    ),
)
