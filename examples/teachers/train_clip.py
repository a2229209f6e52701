"""Trains a small CLIP on built-in scenes and their captions; writes clip-image.onnx and clip-text.onnx with their JSON.

    python train_clip.py                 # about half an hour on one core; README.md has the rest
"""

import argparse
import json

import numpy
import torch
import transformers
from torch.nn import functional

import captions
import scenes
import training

SEED = 2
STEPS = 1400
BATCH = 64
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
TRAINING = (101, 14000, 128, 64)
UNSEEN = (201, 1000, 128, 64)
WIDTH = 128


class ImageTower(torch.nn.Module):
    """pixel_values `[N, 3, H, W]` -> image_embeds `[N, 128]` of length 1, last_hidden_state `[N, 1 + HW / 64, 128]`.

    Token 0 is the class token, then the patches of 8x8 pixels by rows. Position embeddings are resized to the image.
    """

    def __init__(self):
        super().__init__()
        config = transformers.CLIPVisionConfig(
            hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=6, num_attention_heads=4,
            image_size=96, patch_size=8, projection_dim=128, initializer_factor=2.0,
        )  # fmt: skip
        self.model = transformers.CLIPVisionModelWithProjection(config)

    def forward(self, pixel_values):
        result = self.model(pixel_values=pixel_values, interpolate_pos_encoding=True)
        return functional.normalize(result.image_embeds, dim=-1), result.last_hidden_state


class TextTower(torch.nn.Module):
    """input_ids and attention_mask `[N, 32]` -> text_embeds `[N, 128]` of length 1."""

    def __init__(self, words):
        super().__init__()
        config = transformers.CLIPTextConfig(
            vocab_size=len(words), hidden_size=96, intermediate_size=192, num_hidden_layers=3, num_attention_heads=3,
            max_position_embeddings=captions.LENGTH, projection_dim=128, pad_token_id=words.index(captions.PADDING),
            bos_token_id=words.index(captions.START), eos_token_id=words.index(captions.END), initializer_factor=2.0,
        )  # fmt: skip
        self.model = transformers.CLIPTextModelWithProjection(config)

    def forward(self, input_ids, attention_mask):
        result = self.model(input_ids=input_ids, attention_mask=attention_mask)
        return functional.normalize(result.text_embeds, dim=-1)


class Pair(torch.nn.Module):
    """Both towers, and the scale of their similarity."""

    def __init__(self, words):
        super().__init__()
        self.image, self.text = ImageTower(), TextTower(words)
        self.scale = torch.nn.Parameter(torch.tensor(2.66))


def batch_loss(pair, images, facts, words):
    """The contrastive loss of a batch: each scene finds its caption, each caption its scene.

    Captions that say the same are both right.
    """

    def loss(random):
        chosen = random.integers(len(images), size=BATCH)
        batch = images[chosen][:, :, ::-1] if random.random() < 0.5 else images[chosen]
        texts = [captions.caption(facts[index], random) for index in chosen]
        ids, mask = captions.encode(texts, words)
        seen, _ = pair.image(scenes.normalized(batch, MEAN, STD))
        said = pair.text(torch.from_numpy(ids), torch.from_numpy(mask))
        similarity = pair.scale.clamp(max=4.6).exp() * seen @ said.T
        same = torch.tensor([[float(one == other) for other in texts] for one in texts])
        same /= same.sum(1, keepdim=True)
        return (functional.cross_entropy(similarity, same) + functional.cross_entropy(similarity.T, same)) / 2

    return loss


def embed_images(session, images):
    parts = []
    for start in range(0, len(images), 50):
        pixels = scenes.normalized(images[start : start + 50], MEAN, STD).numpy()
        parts.append(session.run(["image_embeds"], {"pixel_values": pixels})[0])
    return numpy.concatenate(parts)


def embed_texts(session, texts, words):
    ids, mask = captions.encode(texts, words)
    return session.run(["text_embeds"], {"input_ids": ids, "attention_mask": mask})[0]


def recall(similarity, texts):
    """How often a right one is among the best 1 and 5 of each row; equal captions are equally right."""
    order = numpy.argsort(-similarity, axis=1)
    right = numpy.array([[texts[column] == texts[row] for column in order[row, :5]] for row in range(len(texts))])
    return [round(float(right[:, :count].any(1).mean()), 4) for count in (1, 5)]


def accuracy(image_session, text_session, images, facts, words):
    """Retrieval among unseen pairs, and attributes told by the nearest of some prompts, with the commonest's share."""
    seen = embed_images(image_session, images)
    texts = [captions.caption(fact) for fact in facts]
    similarity = seen @ embed_texts(text_session, texts, words).T
    result = dict(pairs=len(images), captions=len(set(texts)))
    result["image_to_text_recall_1"], result["image_to_text_recall_5"] = recall(similarity, texts)
    result["text_to_image_recall_1"], result["text_to_image_recall_5"] = recall(similarity.T, texts)
    prompts = dict(
        setting={key: f"a {words[0]}" for key, words in captions.SETTINGS.items()},
        daytime={key: f"a street {words[0]}" for key, words in captions.DAYTIMES.items()},
        weather={key: f"a {words[0]} street" for key, words in captions.WEATHERS.items()},
    )
    for attribute, prompt in prompts.items():
        best = (seen @ embed_texts(text_session, list(prompt.values()), words).T).argmax(1)
        actual = numpy.array([list(prompt).index(fact["condition"][attribute]) for fact in facts])
        result[f"{attribute}_zero_shot"] = round(float((best == actual).mean()), 4)
        result[f"{attribute}_commonest"] = round(float(numpy.bincount(actual).max() / len(actual)), 4)
    return result


def main():
    options = scenes.arguments(argparse.ArgumentParser(description=__doc__)).parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    words = captions.vocabulary()
    pair = Pair(words)
    images, facts = load(options, TRAINING)
    if not training.train(pair, batch_loss(pair, images, facts, words), options, "clip", STEPS, rate=1e-3):
        print("stopped; the same command goes on")
        return

    image, text = options.out / "clip-image.onnx", options.out / "clip-text.onnx"
    sample = {"pixel_values": torch.randn(2, 3, 64, 128)}
    axes = {0: "batch", 2: "height", 3: "width"}
    training.export(pair.image, image, sample, ["image_embeds", "last_hidden_state"], axes)
    sizes = [(1, 64, 128), (3, 64, 128), (2, 128, 256)]
    difference = training.check(pair.image, image, [{"pixel_values": torch.randn(n, 3, h, w)} for n, h, w in sizes])
    texts = [captions.caption(fact) for fact in facts[:3]]
    cases = []
    for count in (2, 1, 3):
        ids, mask = captions.encode(texts[:count], words)
        cases.append({"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)})
    training.export(pair.text, text, cases[0], ["text_embeds"], {0: "batch"})
    difference = max(difference, training.check(pair.text, text, cases))

    images, facts = load(options, UNSEEN)
    measured = accuracy(training.session(image), training.session(text), images, facts, words)
    shared = dict(licence="Apache-2.0", source="examples/teachers/train_clip.py", accuracy=measured)
    description = dict(
        kind="features", input="pixel_values", output="last_hidden_state", mean=MEAN, std=STD, scale=1 / 255
    )
    image.with_suffix(".json").write_text(json.dumps(description | shared, indent=1) + "\n")
    description = dict(kind="text", input="input_ids", output="text_embeds", words=words)
    text.with_suffix(".json").write_text(json.dumps(description | shared, indent=1) + "\n")
    size = training.megabytes(image, text)
    print(json.dumps(measured, indent=1), f"\n{image}, {text}: {size:.1f} MB, at most {difference:.1e} from PyTorch")


def load(options, chosen):
    """Images, and what can be said about each."""
    images, labels, folder = scenes.load(options, *chosen)
    names, _ = scenes.classes(folder)
    return images, [captions.facts(*each) for each in zip(labels, [names] * len(labels), captions.conditions(folder))]


if __name__ == "__main__":
    main()
