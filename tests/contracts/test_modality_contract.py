"""What every kind of data promises. The kinds are found by looking: a new folder of modalities is tested by being there."""

import hashlib
import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import gausscape
from gausscape.errors import GausscapeError
from gausscape.items import take
from gausscape.modality import Autoencoder, Modality, Picture, find_modality, modalities, recognise
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

N = 150
LATENT = 2
PICTURES = {"raster", "rows", "line", "node-link"}
KINDS = sorted(name for name in modalities() if modalities()[name].__module__.startswith("gausscape.modalities."))
each_kind = pytest.mark.parametrize("name", KINDS)


@cache
def examples(name: str, seed: int = 0) -> Any:
    return importlib.import_module(f"gausscape.modalities.{name}.example").example_items(N, seed)


@cache
def modality(name: str) -> Modality:
    return find_modality(name).infer(examples(name))


@cache
def fitted(name: str, method: str) -> Any:
    return fit(examples(name), modality=name, latent=LATENT, method=method, schedule=Schedule(steps=30), seed=3)


def networks(name: str, kind: Modality | None = None) -> Autoencoder:
    kind = kind or modality(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind.networks(LATENT, size=N, tensors=kind.to_tensors(examples(name)))


def rows(values: Any, positions: Any) -> Any:
    return take(values, np.asarray(positions, dtype=int))


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(one[key].dtype == other[key].dtype and torch.equal(one[key], other[key]) for key in one)


def signature(values: Any) -> Any:
    """What "the same native form" means: type, columns or shape of one object, types of the values."""
    if isinstance(values, np.ndarray):
        return np.ndarray, values.shape[1:], values.dtype
    if hasattr(values, "columns") and hasattr(values, "dtypes"):
        return type(values), list(values.columns), [str(dtype) for dtype in values.dtypes]
    if hasattr(values, "schema"):
        return type(values), str(values.schema)
    return type(values), {type(value) for value in values}


def test_there_are_kinds_and_each_is_found_under_its_folder_s_name():
    assert KINDS
    for name in KINDS:
        assert find_modality(name).name == name
        assert find_modality(name).summary


@each_kind
def test_examples_are_seeded_and_accepted(name, untouched_randomness):
    make = importlib.import_module(f"gausscape.modalities.{name}.example").example_items
    kind = find_modality(name)
    assert len(make(12, 5)) == 12
    assert same(modality(name).to_tensors(make(12, 5)), modality(name).to_tensors(make(12, 5)))
    assert not same(modality(name).to_tensors(make(12, 5)), modality(name).to_tensors(make(12, 6)))
    assert kind.accepts(examples(name))
    if sum(other.accepts(examples(name)) for other in modalities().values()) == 1:
        assert recognise(examples(name)) is kind


@each_kind
def test_the_document_is_json_and_gives_the_modality_back(name):
    document = json.loads(json.dumps(modality(name).document(), allow_nan=False))
    again = find_modality(name).from_document(document)
    assert json.loads(json.dumps(again.document())) == document
    assert list(again.notes) == list(modality(name).notes)
    assert same(again.to_tensors(examples(name)), modality(name).to_tensors(examples(name)))
    ours, theirs = networks(name), networks(name, again)
    assert {key: value.shape for key, value in ours.state_dict().items()} == {
        key: value.shape for key, value in theirs.state_dict().items()
    }


@each_kind
def test_tensors_have_one_row_an_object_in_order(name):
    kind = modality(name)
    tensors = kind.to_tensors(examples(name))
    assert all(isinstance(key, str) and len(value) == N for key, value in tensors.items())
    some = [7, 0, 7, 149]
    chosen = kind.to_tensors(rows(examples(name), some))
    assert same(chosen, {key: value[some] for key, value in tensors.items()})


@each_kind
def test_no_objects_are_no_rows(name):
    tensors = modality(name).to_tensors(rows(examples(name), []))
    assert all(len(value) == 0 for value in tensors.values())
    _, targets = modality(name).present(tensors, None)
    assert len(targets["cells"]) == 0
    assert len(modality(name).to_items(targets["cells"])) == 0
    assert modality(name).pictures(rows(examples(name), [])) == []


@each_kind
def test_values_are_not_changed_and_not_shared(name):
    values = rows(examples(name), np.arange(20))
    before = modality(name).to_tensors(values)
    kept = {key: value.clone() for key, value in before.items()}
    for value in before.values():
        value.zero_()
    assert same(modality(name).to_tensors(values), kept)


@each_kind
def test_presentation_is_deterministic_without_a_generator_and_seeded_with_one(name, untouched_randomness):
    kind = modality(name)
    tensors = {key: value[:40] for key, value in kind.to_tensors(examples(name)).items()}
    law = networks(name).likelihood
    for generators in ((None, None), (torch.Generator().manual_seed(1), torch.Generator().manual_seed(1))):
        (inputs, targets), (again, targets_again) = (kind.present(tensors, generator) for generator in generators)
        assert same(inputs, again)
        assert same(targets, targets_again)
        assert targets["cells"].shape == (40, law.cells)
        assert all(len(value) == 40 for value in (*inputs.values(), *targets.values()))
        assert all(torch.isfinite(value).all() for value in targets.values())
        if "observed" in targets:
            assert targets["observed"].shape == targets["cells"].shape
            weights = targets["observed"]
            assert 0 <= weights.min() <= weights.max() <= 1
            assert generators[0] is not None or set(weights.unique().tolist()) <= {0.0, 1.0}
    # One object's view does not depend on the others in its batch.
    alone, _ = kind.present({key: value[3:4] for key, value in tensors.items()}, None)
    together, _ = kind.present(tensors, None)
    assert same(alone, {key: value[3:4] for key, value in together.items()})


@each_kind
def test_scores_are_finite_and_gradients_reach_every_parameter(name, untouched_randomness):
    kind, nets = modality(name), networks(name)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():  # away from starting zeros, behind which no gradient passes
        for parameter in nets.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    inputs, targets = kind.present(kind.to_tensors(examples(name)), generator)
    posterior = nets.encode(inputs)
    assert tuple(posterior.mean.shape) == (N, LATENT)
    z = posterior.sample(torch.randn(posterior.mean.shape, generator=generator))
    output = nets.decoder(z)
    assert tuple(output.shape) == (N, nets.likelihood.outputs)
    scores = nets.likelihood.log_likelihood(output, targets["cells"], targets.get("observed"))
    assert scores.shape == (N,)
    assert torch.isfinite(scores).all()
    (posterior.divergence_from_standard() - scores).sum().backward()
    for parameter_name, parameter in nets.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert torch.isfinite(parameter.grad).all(), parameter_name
        assert (parameter.grad != 0).any(), parameter_name


@each_kind
def test_networks_are_built_again_from_their_document(name):
    nets = networks(name)
    document = json.loads(json.dumps(nets.document))
    again = modality(name).networks(LATENT, **document)
    assert [(key, value.shape, value.dtype) for key, value in nets.state_dict().items()] == [
        (key, value.shape, value.dtype) for key, value in again.state_dict().items()
    ]
    again.load_state_dict(nets.state_dict())
    inputs, _ = modality(name).present(modality(name).to_tensors(examples(name)), None)
    assert torch.equal(nets.eval().encode(inputs).mean, again.eval().encode(inputs).mean)


@each_kind
def test_sizes_of_networks_are_in_their_document_and_not_a_rule_of_this_version(name):
    nets = networks(name)
    document = json.loads(json.dumps(nets.document)) | {"size": 1_000 * N}  # a rule would give wider ones
    again = modality(name).networks(LATENT, **document)
    assert {key: value.shape for key, value in nets.state_dict().items()} == {
        key: value.shape for key, value in again.state_dict().items()
    }


@each_kind
def test_sizes_of_networks_are_checked_before_memory_is_asked_for(name):
    document = networks(name).document["architecture"]
    keys = [key for key in ("width", "decoder", "decoder_width") if key in document]
    assert keys
    for key in keys:
        huge = {"width": 10**9} if isinstance(document[key], dict) else 10**9
        with pytest.raises(GausscapeError, match=r"whole number from \d+ to \d+, but got 1000000000"):
            modality(name).networks(LATENT, size=N, architecture=document | {key: huge})


@each_kind
def test_cells_become_objects_in_their_native_form(name, untouched_randomness):
    kind, law = modality(name), networks(name).likelihood
    _, targets = kind.present(kind.to_tensors(examples(name)), None)
    output = law.initial_output(targets["cells"]).expand(6, -1)
    for cells in (targets["cells"], law.mean(output).detach(), law.sample(output, torch.Generator().manual_seed(0)).detach()):
        values = kind.to_items(cells)
        assert len(values) == len(cells)
        assert signature(values) == signature(examples(name))
        kind.to_tensors(values)  # legal objects, that the space itself would take


@each_kind
def test_pictures_are_neutral(name):
    found = modality(name).pictures(rows(examples(name), np.arange(4)))
    assert len(found) == 4
    for picture in found:
        assert isinstance(picture, Picture)
        assert picture.kind in PICTURES
        if picture.kind == "raster":
            assert picture.data.ndim in (2, 3)
            assert 0 <= picture.data.min() <= picture.data.max() <= 1
        if picture.kind == "rows":
            assert all(isinstance(key, str) and isinstance(text, str) for key, text in picture.data)


@each_kind
def test_objects_are_written_without_pickle(name):
    kind, some = modality(name), rows(examples(name), np.arange(5))
    told = {"exceedance": np.linspace(0.1, 0.5, 5), "support": np.array(["SUPPORTED"] * 5), "codes": np.zeros((5, LATENT))}
    assert kind.endings
    for ending in kind.endings:
        if ending == ".npz" and not isinstance(some, np.ndarray):
            continue
        written = kind.to_file(some, told, ending)
        assert isinstance(written, bytes)
        assert written == kind.to_file(some, told, ending)
        if ending == ".npz":
            with np.load(io.BytesIO(written), allow_pickle=False) as found:
                assert {"items", *told} <= set(found.files)


@each_kind
def test_a_comparison_is_none_or_tells_equal_objects_from_others(name):
    kind, values = modality(name), examples(name)
    same = kind.compare(rows(values, [3]), rows(values, [3]))
    if same is not None:
        assert not same.edits
        assert all(kind.compare(rows(values, [0]), rows(values, [k])) is not None for k in range(3))
        json.dumps(same.document(), allow_nan=False)


WRONG = ["none", "number", "text", "mapping", "object", "array of objects", "flat array"]


@each_kind
@pytest.mark.parametrize("wrong", [None, 3.5, "text", {"a": object()}, object(), np.array([object()] * 20), np.zeros(20)], ids=WRONG)
def test_other_things_are_refused_in_words(name, wrong):
    with pytest.raises(GausscapeError):
        find_modality(name).infer(wrong)
    with pytest.raises(GausscapeError):
        modality(name).to_tensors(wrong)


@each_kind
def test_too_few_objects_and_unknown_options_are_refused(name):
    for few in (0, 1, 3):
        with pytest.raises(GausscapeError):
            find_modality(name).infer(rows(examples(name), np.arange(few)))
    with pytest.raises(GausscapeError, match="no_such_option"):
        find_modality(name).infer(examples(name), no_such_option=1)
    with pytest.raises(GausscapeError):
        modality(name).networks(LATENT, size=N, architecture="no such architecture")


@each_kind
def test_the_suggested_latent_is_a_usable_number(name):
    assert 1 <= modality(name).suggested_latent() <= 512


@each_kind
@pytest.mark.parametrize("method", ["pca", "vae"])
def test_a_space_is_fitted_saved_and_loaded_with_equal_answers(name, method, tmp_path, untouched_randomness):
    space = fitted(name, method)
    space.save(tmp_path / "space")
    again = gausscape.load(tmp_path / "space")
    assert answers(space, examples(name)) == answers(again, examples(name))
    again.save(tmp_path / "again")
    assert files(tmp_path / "space") == files(tmp_path / "again")
    assert signature(space.sample(5, seed=1).items) == signature(examples(name))
    assert repr(again) == repr(space)


def answers(space: Any, data: Any) -> str:
    digest = hashlib.sha256()
    posterior, rarity = space.embed(data), space.exceedance(data)
    for array in (posterior.mean, posterior.std, rarity.probability, rarity.lower, rarity.upper, space.score_samples(data, draws=5)):
        digest.update(np.ascontiguousarray(array).tobytes())
    for array in (space.support(data), space.sample(20, exceedance=0.2, seed=4).codes):
        digest.update(np.ascontiguousarray(array).tobytes())
    decoded = space.modality.to_tensors(space.decode(posterior.mean))
    for key in sorted(decoded):
        digest.update(decoded[key].numpy().tobytes())
    return digest.hexdigest()


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_a_new_folder_is_a_new_kind_of_data_without_any_other_edit(tmp_path):
    package = Path(gausscape.__file__).parent
    shutil.copytree(package, tmp_path / "gausscape", ignore=shutil.ignore_patterns("__pycache__"))
    new = tmp_path / "gausscape" / "modalities" / "thermograms"
    shutil.copytree(package / "modalities" / "images", new, ignore=shutil.ignore_patterns("__pycache__"))
    for path in new.glob("*.py"):  # the new folder's own files only
        text = path.read_text().replace("gausscape.modalities.images", "gausscape.modalities.thermograms")
        path.write_text(text.replace('name: ClassVar[str] = "images"', 'name: ClassVar[str] = "thermograms"'))
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-k", "thermograms", __file__]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    ran = re.search(r"(\d+) passed", done.stdout)
    assert ran is not None
    assert int(ran[1]) >= 20


@each_kind
def test_features_have_names_and_follow_the_objects(name):
    kind = modality(name)
    tensors = kind.to_tensors(examples(name))
    _, targets = kind.present(tensors, None)
    told = kind.features(targets["cells"], targets.get("observed"))
    assert told.values.shape == (N, len(told))
    assert told.values.dtype == np.float64
    assert len(set(told.names)) == len(told) > 0
    assert all(isinstance(text, str) and text for text in told.names)
    if "observed" not in targets:
        assert np.isfinite(told.values).all()
    assert np.isfinite(told.values).any(axis=0).all()
    assert (np.nanstd(told.values, axis=0) > 0).any()
    # Of one object, whatever its company; and nobody's without objects.
    alone = kind.features(targets["cells"][3:4], None if "observed" not in targets else targets["observed"][3:4])
    np.testing.assert_allclose(alone.values, told.values[3:4], rtol=1e-9, atol=1e-12)
    assert kind.features(targets["cells"][:0]).values.shape == (0, len(told))


@each_kind
def test_expected_cells_give_finite_features(name):
    space = fitted(name, "vae")
    told = space.modality.features(space.codec.cells(space.embed(examples(name)).mean))
    assert np.isfinite(told.values).all()


@each_kind
def test_every_cell_belongs_to_one_named_part(name):
    names, part_of_cell = modality(name).parts()
    assert part_of_cell.shape == (networks(name).likelihood.cells,)
    assert len(set(names)) == len(names)
    assert part_of_cell.min() >= 0
    assert part_of_cell.max() < len(names)


@each_kind
def test_a_carried_object_is_the_object_itself(name):
    kind = fitted(name, "vae").modality
    space, some = fitted(name, "vae"), rows(examples(name), np.arange(10))
    tensors = kind.to_tensors(some)
    mean = space.codec.embed(tensors).mean
    again = kind.to_tensors(space.codec.carried(mean, space.codec.residual_cells(tensors, mean)))
    cells, observed = space.codec.observed(tensors)
    back, _ = space.codec.observed(again)
    there = np.ones(cells.shape, bool) if observed is None else observed.numpy() > 0
    np.testing.assert_allclose(back.numpy()[there], cells.numpy()[there], atol=2e-3)
