"""The networks of examples/teachers know unseen scenes as well as the JSON beside them says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import ROOT, run
from PIL import Image

import sgc

FOLDER = ROOT / "examples" / "teachers"
COUNT = 48


@pytest.fixture(scope="module")
def unseen(tmp_path_factory):
    """Images `[N, H, W, 3]`, class ids `[N, H, W]` and conditions of scenes that no training has seen."""
    folder = tmp_path_factory.mktemp("unseen")
    run("scenes", "--out", folder, "--seed", "201", "--count", str(COUNT), "--size", "128x64")
    names = [f"{index:06}.png" for index in range(COUNT)]
    images = np.stack([np.asarray(Image.open(folder / "images" / name).convert("RGB")) for name in names])
    labels = np.stack([np.asarray(Image.open(folder / "labels" / name)) for name in names])
    return images, labels, json.loads((folder / "conditions.json").read_text())["scenes"]


def described(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.json").read_text())


def test_segformer(unseen):
    images, labels, _ = unseen
    with sgc.Teacher(FOLDER / "segformer.onnx") as teacher:
        share = float((teacher.labels(images) == labels).mean())
    assert abs(share - described("segformer")["accuracy"]["128x64"]["pixel_accuracy"]) < 0.03


def test_clip_tells_the_daytime(unseen):
    images, _, conditions = unseen
    words = described("clip-text")["words"]
    prompts = {"day": "a street by day", "low sun": "a street at dusk", "night": "a street at night"}
    ids = np.full((len(prompts), 32), words.index("<padding>"))
    mask = np.zeros_like(ids)
    for row, text in enumerate(prompts.values()):
        tokens = [words.index(word) for word in ["<start>", *text.split(), "<end>"]]
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
    with sgc.Teacher(FOLDER / "clip-text.onnx") as teacher:
        said = teacher.evaluate({"input_ids": ids, "attention_mask": mask}, ["text_embeds"])["text_embeds"]
    about = described("clip-image")
    pixels = (images * about["scale"] - np.array(about["mean"])) / np.array(about["std"])
    with sgc.Teacher(FOLDER / "clip-image.onnx") as teacher:
        given = {"pixel_values": pixels.transpose(0, 3, 1, 2).astype(np.float32)}
        seen = teacher.evaluate(given, ["image_embeds"])["image_embeds"]
        assert teacher.features(images[0]).shape == (8, 16, 128)
    assert np.allclose(np.linalg.norm(seen, axis=1), 1, atol=1e-5)
    best = (seen @ said.T).argmax(1)
    actual = [list(prompts).index(each["daytime"]) for each in conditions]
    assert float((best == actual).mean()) > 0.9
