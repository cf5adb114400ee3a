"""What a page computes by itself agrees with Python: decoders as programs, laws and calibrations as tables, pictures as recipes."""

import base64
import importlib
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import gausscape as gs
from gausscape.page.pack import pack, singles
from gausscape.page.program import calibration_tables, law_tables, run_program, write_program
from gausscape.page.program.places import cell_ranges, drawn_places
from gausscape.page.program.rounding import Tolerance
from gausscape.page.program.showing import show_cells
from gausscape.space.space import Space

WEB = Path(__file__).resolve().parents[2] / "web"
N = 150
LABELS = ["SUPPORTED", "RARE_OBSERVED", "EXTRAPOLATED", "UNSUPPORTED"]
KERAS = {
    "encoder": {"filters": [4], "kernel_sizes": [3], "activations": ["relu"], "strides": [2]},
    "decoder": {
        "reshape": [4, 4, 8],
        "filters": [8, 6, 1],
        "kernel_sizes": [3, 5, 1],
        "activations": ["leaky_relu", "selu", "sigmoid"],
        "strides": [2, 1, 1],
    },
}
FITS: dict[str, dict[str, Any]] = {
    "images, subpixel": {"modality": "images", "latent": 2},
    "images, dense": {"modality": "images", "architecture": "dense"},
    "images, convolutional": {"modality": "images", "architecture": "convolutional"},
    "images, Keras' terms": {"modality": "images", "architecture": KERAS},
    "images, continuous Bernoulli": {"modality": {"name": "images", "likelihood": "continuous-bernoulli"}},
    "images, discretised logistic": {"modality": {"name": "images", "likelihood": "discretised-logistic"}},
    "images, linear": {"modality": "images", "method": "pca"},
    "sequences, dense": {"modality": "sequences"},
    "sequences, convolutional": {"modality": "sequences", "architecture": "convolutional"},
    "tables": {"modality": "tables"},
}
each_fit = pytest.mark.parametrize("name", FITS)


def examples(kind: str, n: int = N) -> Any:
    return importlib.import_module(f"gausscape.modalities.{kind}.example").example_items(n)


@cache
def fitted(name: str) -> Space:
    return gs.fit(
        examples(name.split(",")[0]), **({"latent": 3, "seed": 3, "schedule": gs.Schedule(steps=30)} | FITS[name])
    )


@cache
def program(name: str) -> dict[str, Any]:
    answer = write_program(fitted(name))
    assert answer.program is not None, answer.reason
    return answer.program


# --- programs --------------------------------------------------------------------------------------------------------


@each_fit
def test_a_program_gives_the_cells_of_the_decoder(name, untouched_randomness):
    space, z = fitted(name), drawn_places(fitted(name), n=100, seed=5)
    exact = space.codec.cells(z).numpy()
    assert np.abs((run_program(program(name), z) - exact) / cell_ranges(exact)).max() < 1e-3
    assert program(name)["agreement"]["largest"] < 1e-3
    assert program(name)["agreement"]["places"] == 256


def test_exact_weights_agree_to_the_last_digits():
    space = fitted("images, convolutional")
    answer = write_program(space, tolerance=Tolerance(wanted=0.0))
    assert answer.program is not None
    assert "quantised" not in answer.program
    assert answer.program["agreement"]["largest"] < 1e-5


def test_coarser_weights_make_smaller_programs():
    space = fitted("images, subpixel")
    sizes = []
    for wanted in (1e-4, 1e-3):
        answer = write_program(space, tolerance=Tolerance(wanted, wanted))
        assert answer.program is not None
        assert answer.program["agreement"]["largest"] <= wanted
        sizes.append(len(pack(answer.program)))
    assert sizes[1] < sizes[0] < 0.6 * len(pack(write_program(space, tolerance=Tolerance(wanted=0.0)).program))


def test_graphs_have_no_program_and_the_reason_is_said():
    space = gs.fit(examples("graphs", 40), modality="graphs", latent=2, schedule=gs.Schedule(steps=5))
    answer = write_program(space)
    assert answer.program is None
    assert "no operation" in answer.reason


class Several(nn.Module):
    """A decoder with layers that no kind of data has of its own."""

    def __init__(self, latent: int, cells: int):
        super().__init__()
        self.head = nn.Linear(latent, 2 * 4 * 4)
        self.body = nn.Sequential(
            nn.BatchNorm2d(2),
            nn.ReLU(inplace=True),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(2, 4, 3, padding=1, groups=2),
            nn.GELU(),
        )
        self.mixed = nn.Linear(8, 8)
        self.last = nn.Linear(4 * 64, cells)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        image = self.body(self.head(z).view(-1, 2, 4, 4))
        image = self.mixed(image).clamp(-2, 2) + torch.arange(8.0) / 8  # a product along the last of several axes
        image = torch.where(image > 0, image, torch.exp(image) - 1) * 2.0 - 1 / (1 + image.abs())
        first, second = image.chunk(2, 1)
        image = torch.stack([first.amax(2), second.mean(2), first.flip(-1)[:, :, 0], torch.tanh(second[..., 1, :])], 1)
        return self.last(image.repeat_interleave(4, -1).flatten(1))


def space_with(decoder: nn.Module) -> Space:
    cells = fitted("images, subpixel").modality.cells  # type: ignore[attr-defined]

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(cells, 4)

        def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            mean, log_std = self.inner(pixels).chunk(2, -1)
            return mean, log_std

    return gs.fit(examples("images"), latent=2, architecture=(Encoder(), decoder), schedule=gs.Schedule(steps=5))


def test_own_modules_become_programs():
    torch.manual_seed(0)
    cells = fitted("images, subpixel").modality.cells  # type: ignore[attr-defined]
    space = space_with(Several(2, cells))
    answer = write_program(space)
    assert answer.program is not None, answer.reason
    assert answer.program["agreement"]["largest"] < 1e-3


class Mixing(nn.Module):
    """What it gives an object depends on the others in its batch."""

    def __init__(self, cells: int, how: str):
        super().__init__()
        self.inner, self.how = nn.Linear(2, cells), how

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        output = self.inner(z)
        if self.how == "mean":
            return output - output.mean(0)
        if self.how == "branch":
            return output if bool(z.sum() > 0) else -output
        if self.how == "size":
            return output / len(z)
        return torch.linalg.svd(output[:, None], full_matrices=False)[2][:, 0]


@pytest.mark.parametrize("how", ["mean", "branch", "size", "svd"])
def test_what_cannot_be_told_gets_a_reason_and_never_a_wrong_program(how):
    torch.manual_seed(0)
    cells = fitted("images, subpixel").modality.cells  # type: ignore[attr-defined]
    answer = write_program(space_with(Mixing(cells, how)))
    assert answer.program is None
    assert answer.reason


# --- law and calibration ---------------------------------------------------------------------------------------------


def law_spaces() -> dict[str, Space]:
    """One space under each law, by another law in place of its own."""
    from gausscape.space.aggregate import Aggregate
    from gausscape.space.calibration import Calibration
    from gausscape.space.flow_law import FlowLaw
    from gausscape.space.gaussian_law import GaussianLaw
    from gausscape.space.mixture_law import MixtureLaw

    base, rng = fitted("images, convolutional"), np.random.default_rng(0)
    d = len(base.live_axes)
    codes = np.concatenate([rng.normal(size=(900, d)) * 0.7 - 1.5, rng.normal(size=(900, d)) + 1.5])
    codes[:, 0] += 0.3 * codes[:, -1] ** 2
    laws = {
        "gaussian": GaussianLaw.fit(codes),
        "mixture": MixtureLaw.fit(codes, seed=0),
        "flow": FlowLaw.fit(codes, seed=0, epochs=3),
    }
    spaces = {}
    for name, law in laws.items():
        own = base.aggregate
        aggregate = Aggregate(law, own.live, own.latent, codes[:400], np.arange(400), codes[:50], codes[:60], None)
        calibration = Calibration.fit(law.surprise(codes[::2]), seed=0)
        gates = base.gates
        spaces[name] = Space(
            base.codec,
            aggregate,
            of_objects=calibration,
            of_codes=calibration,
            gates=gates,
            round_trip=None,
            record=base.record,
        )
    return spaces


@cache
def laws() -> dict[str, Space]:
    return law_spaces()


def test_the_tables_of_a_law_give_its_surprise():
    for name, space in laws().items():
        law, told = space.aggregate.law, law_tables(space)
        assert told["kind"] == name
        z = law.unwhiten(law.whiten(law.sample(300, np.random.default_rng(1))) * np.linspace(0.1, 2, 300)[:, None])
        at = -(law.log_density(z) + law.whitening.log_volume)
        found = np.interp(at, told["table"]["at"].astype(float), told["table"]["surprise"].astype(float))
        np.testing.assert_allclose(found, law.surprise(z), rtol=2e-3, atol=1e-3)
        for each in told["arrays"].values():
            assert each["data"].dtype == np.float32
            assert each["data"].size == np.prod(each["shape"])


def test_labels_change_where_calibration_objects_run_out():
    space = laws()["gaussian"]
    told, reference = calibration_tables(space), space.of_codes
    for fewer, name in ((10, "few_beyond"), (1, "none_beyond")):
        edge = told[name]
        assert reference.beyond(np.array([edge]))[0] < fewer <= reference.beyond(np.array([np.nextafter(edge, 0)]))[0]


# --- in the page -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def node(tmp_path_factory) -> Any:
    """A function from a page's document to what TypeScript computes of it."""
    runner, bundler = shutil.which("node"), WEB / "node_modules" / ".bin" / "rolldown"
    if runner is None or not bundler.exists():
        pytest.skip("needs node and web/node_modules: run `npm ci` in web/")
    folder = tmp_path_factory.mktemp("bundle")
    bundle = folder / "agreement.mjs"
    command = [bundler, "tests/agreement.ts", "--format", "esm", "--platform", "node", "--file", bundle]
    subprocess.run(command, cwd=WEB, check=True, capture_output=True)

    def ask(spaces: list[dict[str, Any]]) -> list[dict[str, Any]]:
        document = {"format": "gausscape-page", "version": 1, "spaces": spaces}
        packed = folder / "page.txt"
        packed.write_bytes(base64.b64encode(pack(document)))
        done = subprocess.run([runner, bundle, packed], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return ask


def asked_of(space: Space, z: np.ndarray, decoder: dict[str, Any] | None) -> dict[str, Any]:
    u = space.aggregate.whiten(z)
    gate = np.sort(space.aggregate.neighbours(z)[0])
    codes = space.aggregate.law.whiten(space.aggregate.codes)
    return {
        "latent": space.latent,
        "live": space.live_axes.tolist(),
        "law": law_tables(space),
        "calibration": calibration_tables(space),
        "decoder": decoder,
        "gate": {"codes": singles(codes), "rare": float(gate[-20]), "unsupported": float(gate[-8])},
        "asked": {"z": singles(z), "u": singles(u), "level": 2.0},
    }


def test_the_page_decodes_like_python(node):
    names = list(FITS)
    places = {name: drawn_places(fitted(name), n=50, seed=6) for name in names}
    recipes = {name: fitted(name).modality.picture_recipe() or {} for name in names}
    told = node(
        [asked_of(fitted(name), places[name], {"program": program(name), "recipe": recipes[name]}) for name in names]
    )
    for name, found in zip(names, told, strict=True):
        exact = fitted(name).codec.cells(places[name]).numpy()
        cells = np.array(found["cells"], dtype=np.float32).reshape(exact.shape)
        assert np.abs((cells - exact) / cell_ranges(exact)).max() < 1e-3, name
        # The program itself is taken alike, up to the order of sums.
        np.testing.assert_allclose(cells, run_program(program(name), places[name]), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found["single"], cells[0], rtol=1e-5, atol=1e-6)
        for shown, picture in zip(found["shown"], show_cells(recipes[name], cells), strict=True):
            if picture.kind == "rows":
                assert shown == [text for _, text in picture.data]
            elif picture.kind == "raster":
                assert np.abs(np.array(shown) - 255 * np.ravel(picture.data)).max() <= 0.5 + 1e-3
            else:
                np.testing.assert_allclose(shown, np.ravel(picture.data), rtol=1e-5, atol=1e-5)


def stretched(space: Space) -> np.ndarray:
    """Latent points of the law, from the middle to far beyond it."""
    law = space.aggregate.law
    u = law.whiten(law.sample(200, np.random.default_rng(2))) * np.linspace(0.2, 1.8, 200)[:, None]
    return space.aggregate.unwhiten(u)


def test_the_page_knows_the_law_like_python(node):
    places = {name: stretched(space) for name, space in laws().items()}
    told = node([asked_of(space, places[name], None) for name, space in laws().items()])
    for (name, space), found in zip(laws().items(), told, strict=True):
        z = places[name]
        surprise = space.aggregate.surprise(z)
        np.testing.assert_allclose(found["surprise"], surprise, rtol=1e-2, atol=2e-3)
        rarity = space.of_codes.exceedance(surprise)
        for theirs, ours in (("p", rarity.probability), ("low", rarity.lower), ("high", rarity.upper)):
            got = np.array([each[theirs] for each in found["exceedance"]])
            sure = ours > 1e-8
            np.testing.assert_allclose(got[sure], ours[sure], rtol=1e-2, err_msg=f"{name} {theirs}")
        rays = space.aggregate.whiten(z)
        np.testing.assert_allclose(found["radius"], space.aggregate.law.radius_along(rays, 2.0), rtol=1e-2, atol=1e-2)
        near, gate = space.aggregate.neighbours(z)[0], asked_of(space, z, None)["gate"]
        beyond = space.of_codes.beyond(surprise)
        wanted = np.zeros(len(z), dtype=int)
        wanted[(beyond < 10) | (near > gate["rare"])] = 1
        wanted[beyond == 0] = 2
        wanted[(near > gate["unsupported"]) | (rarity.probability < space.of_codes.floor)] = 3
        # Single precision may move a place across an edge.
        assert (np.array(found["support"]) == wanted).mean() >= 0.98, name
        assert set(wanted) >= {0, 1, 3}
