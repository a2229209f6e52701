"""The Python package: pickling, context managers, snapshots, errors."""

from __future__ import annotations

import multiprocessing
import os
import pickle

import numpy as np
import pytest
from conftest import TINY, child, scenes
from sklearn.neighbors import NearestNeighbors

import sgc


def tokens_of(pair):
    """For a pool: the tokens that a tokenizer, pickled on the way, gives for an image."""
    tokenizer, image = pair
    return tokenizer.encode(image).tokens


def test_a_tokenizer_pickles_by_path(model, tokenizer):
    image = scenes(1)[0][0]
    with pickle.loads(pickle.dumps(tokenizer)) as copy:
        np.testing.assert_array_equal(copy.encode(image).tokens, tokenizer.encode(image).tokens)


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_worker_processes(method, tokenizer):
    images = scenes(4)[0]
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = pool.map(tokens_of, [(tokenizer, image) for image in images])
    np.testing.assert_array_equal(np.stack(results), tokenizer.encode(images).tokens)


def test_a_snapshot_outlives_its_trainer_and_does_not_pickle(trainer):
    trainer.step(*scenes(2))
    image = scenes(1)[0]
    with trainer.snapshot() as snapshot:
        before = snapshot.encode(image).tokens
        trainer.step(*scenes(2, seed=9))
        trainer.close()
        np.testing.assert_array_equal(snapshot.encode(image).tokens, before)
        with pytest.raises(TypeError, match="export"):
            pickle.dumps(snapshot)


def test_saving_and_resuming_goes_on_as_if_not_stopped(tmp_path):
    with sgc.Trainer(TINY) as one, sgc.Trainer(TINY) as two:
        for step in range(3):
            one.step(*scenes(2, seed=step))
        two.step(*scenes(2, seed=0))
        two.save(tmp_path / "saved")
        with sgc.Trainer.resume(tmp_path / "saved") as resumed:
            for step in (1, 2):
                resumed.step(*scenes(2, seed=step))
            a, b = one.snapshot(), resumed.snapshot()
            np.testing.assert_array_equal(a.codebook, b.codebook)
            image = scenes(1, seed=7)[0]
            np.testing.assert_array_equal(a.encode(image).margins, b.encode(image).margins)


def test_errors_have_classes_statuses_and_survive_pickling(tmp_path):
    with pytest.raises(OSError) as caught:
        sgc.Tokenizer(tmp_path / "nowhere")
    error = caught.value
    assert isinstance(error, sgc.FileError) and (error.status, error.name) == (14, "SGC_E_IO")
    assert "nowhere" in str(error)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.status, str(copy)) == (sgc.FileError, 14, str(error))
    with pytest.raises(ValueError, match="precision"):
        sgc.Tokenizer(tmp_path, precision="float16")


def test_info_is_the_configuration(tokenizer):
    assert isinstance(tokenizer.info, dict)
    assert tokenizer.codebook.shape == (tokenizer.codebook_size, tokenizer.code_dimension)
    assert np.isfinite(tokenizer.codebook).all()
    assert f"K={tokenizer.codebook_size}" in repr(tokenizer)


def test_latents_from_elsewhere_get_the_nearest_codes(tokenizer):
    latents = np.random.default_rng(0).normal(0, 1, (3, 5, tokenizer.code_dimension)).astype(np.float32)
    tokens, margins = tokenizer.quantize(latents)
    assert (tokens.shape, tokens.dtype, margins.dtype) == ((3, 5), np.int32, np.float32)
    assert (margins >= 0).all()
    # Several unused codes may have been put on one latent.
    own, _ = tokenizer.quantize(tokenizer.codebook)
    np.testing.assert_array_equal(tokenizer.codebook[own], tokenizer.codebook)
    assert tokenizer.quantize(np.empty((0, tokenizer.code_dimension)))[0].shape == (0,)
    with pytest.raises(ValueError, match=r"\[\.\.\., "):
        tokenizer.quantize(latents[..., 1:])
    latents[1, 2, 0] = np.nan
    with pytest.raises(sgc.NumericError, match="latent 7 at 0"):
        tokenizer.quantize(latents)


def test_quantizing_is_what_scikit_learn_finds(tmp_path):
    plain = {"kind": "vq", "codebook_size": 300, "code_dimension": 12}
    with sgc.Trainer({"model": TINY["model"], "quantizer": plain}, threads=1) as trainer, trainer.snapshot() as model:
        latents = np.random.default_rng(0).normal(0, 0.002, (20_000, 12)).astype(np.float32)
        distances, expected = NearestNeighbors(n_neighbors=2).fit(model.codebook).kneighbors(latents)
        tokens, margins = model.quantize(latents)
    squares = distances**2
    np.testing.assert_allclose(margins, squares[:, 1] - squares[:, 0], atol=1e-8)
    clear = squares[:, 1] - squares[:, 0] > 1e-9
    assert clear.mean() > 0.99
    np.testing.assert_array_equal(tokens[clear], expected[clear, 0])


def test_the_library_is_searched_where_the_text_says(tmp_path):
    from sgc import _native

    assert _native.candidates()[0] == os.environ["SGC_LIBRARY"]
    assert _native.candidates()[-1] == "libsgc.so.0"
    broken = tmp_path / "libsgc.so"
    broken.write_text("not a library")
    child(
        """
try:
    import sgc
    # A system-wide or built library may still have been found after the broken one.
except ImportError as error:
    assert "libsgc" in str(error)
""",
        SGC_LIBRARY=str(broken),
    )
