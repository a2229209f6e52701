"""Trains a small SegFormer on built-in scenes from random weights and writes segformer.onnx, .onnx.data and .json.

    python train_segformer.py            # under an hour on one core; README.md has the rest
"""

import argparse
import json

import numpy
import torch
import transformers
from torch.nn import functional

import scenes
import training

SEED = 1
STEPS = 12000
BATCH = 8
WIDTH, HEIGHT = 128, 64
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
# Seed, count, size of the scenes to learn from, and the share of batches that see them. The larger ones are
# cropped to 128x64, so that the network knows things at several scales.
TRAINING = [(101, 14000, 128, 64, 0.6), (102, 3000, 192, 96, 0.2), (103, 3000, 256, 128, 0.2)]
UNSEEN = [(201, 1000, 128, 64), (202, 300, 256, 128)]


class SegFormer(torch.nn.Module):
    """pixel_values `[N, 3, H, W]` -> logits `[N, 16, H / 4, W / 4]`."""

    def __init__(self):
        super().__init__()
        config = transformers.SegformerConfig(
            num_labels=16, depths=[2, 2, 2, 2], hidden_sizes=[32, 48, 96, 128], num_attention_heads=[1, 2, 4, 8],
            decoder_hidden_size=128, drop_path_rate=0.0, classifier_dropout_prob=0.0,
        )  # fmt: skip
        self.model = transformers.SegformerForSemanticSegmentation(config)
        # Layers as narrow as these learn faster from weights that keep the scale than from the usual 0.02.
        for weight in self.parameters():
            if weight.dim() > 1:
                torch.nn.init.normal_(weight, std=weight[0].numel() ** -0.5)

    def forward(self, pixel_values):
        return self.model(pixel_values=pixel_values).logits


def enlarged(logits, height, width):
    return functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)


def batch_loss(model, sets):
    """The loss of a batch that a random source chooses: crops, mirrored half of the time."""

    def loss(random):
        images, labels = sets[random.choice(len(sets), p=[each[4] for each in TRAINING])]
        chosen = random.integers(len(images), size=BATCH)
        images, labels = scenes.crop(images[chosen], labels[chosen], random, WIDTH, HEIGHT)
        if random.random() < 0.5:
            images, labels = images[:, :, ::-1], labels[:, :, ::-1]
        pixels = scenes.normalized(images, MEAN, STD).contiguous(memory_format=torch.channels_last)
        target = torch.from_numpy(numpy.ascontiguousarray(labels)).long()
        return functional.cross_entropy(enlarged(model(pixels), HEIGHT, WIDTH), target)

    return loss


def accuracy(session, images, labels, names):
    """Pixel accuracy, mean IoU, and both of each class, of the exported file at the full size of the images."""
    counts = numpy.zeros((len(names), len(names)), numpy.int64)
    for start in range(0, len(images), 20):
        pixels = scenes.normalized(images[start : start + 20], MEAN, STD)
        logits = torch.from_numpy(session.run(["logits"], {"pixel_values": pixels.numpy()})[0])
        predicted = enlarged(logits, *images.shape[1:3]).argmax(1).numpy()
        pairs = labels[start : start + 20].astype(numpy.int64) * len(names) + predicted
        counts += numpy.bincount(pairs.ravel(), minlength=counts.size).reshape(counts.shape)
    hits, actual, guessed = counts.diagonal(), counts.sum(1), counts.sum(0)
    iou = hits / numpy.maximum(actual + guessed - hits, 1)
    recall = hits / numpy.maximum(actual, 1)
    return dict(
        scenes=len(images),
        pixel_accuracy=round(float(hits.sum() / counts.sum()), 4),
        mean_iou=round(float(iou.mean()), 4),
        class_iou={name: round(float(value), 4) for name, value in zip(names, iou)},
        class_accuracy={name: round(float(value), 4) for name, value in zip(names, recall)},
    )


def main():
    options = scenes.arguments(argparse.ArgumentParser(description=__doc__)).parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = SegFormer().to(memory_format=torch.channels_last)
    sets = [scenes.load(options, *each[:4]) for each in TRAINING]
    names, palette = scenes.classes(sets[0][2])
    pairs = [each[:2] for each in sets]
    if not training.train(model, batch_loss(model, pairs), options, "segformer", STEPS, rate=3e-3):
        print("stopped; the same command goes on")
        return

    path = options.out / "segformer.onnx"
    model = model.to(memory_format=torch.contiguous_format)
    axes = {0: "batch", 2: "height", 3: "width"}
    training.export(model, path, {"pixel_values": torch.randn(2, 3, HEIGHT, 160)}, ["logits"], axes)
    sizes = [(1, 64, 128), (3, 64, 128), (1, 128, 256), (2, 96, 160)]
    difference = training.check(model, path, [{"pixel_values": torch.randn(n, 3, h, w)} for n, h, w in sizes])
    session = training.session(path)
    measured = {}
    for unseen in UNSEEN:
        images, labels, _ = scenes.load(options, *unseen)
        measured[f"{unseen[2]}x{unseen[3]}"] = accuracy(session, images, labels, names)
    description = dict(
        kind="segmentation", input="pixel_values", output="logits", mean=MEAN, std=STD, scale=1 / 255, classes=names,
        palette=palette, licence="Apache-2.0", source="examples/teachers/train_segformer.py", accuracy=measured,
    )  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(description, indent=1) + "\n")
    size = training.megabytes(path)
    print(json.dumps(measured, indent=1), f"\n{path}: {size:.1f} MB, at most {difference:.1e} from PyTorch")


if __name__ == "__main__":
    main()
