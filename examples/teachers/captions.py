"""Captions of built-in scenes from their conditions and class maps, and the words they are made of."""

import json

import numpy
from scipy import ndimage

SETTINGS = {"city": ["city street"], "suburb": ["suburban street"], "country": ["country road"]}
DAYTIMES = {"day": ["by day"], "low sun": ["at dusk"], "night": ["at night"]}
WEATHERS = {
    "clear": ["clear"], "cloudy": ["cloudy"], "overcast": ["overcast", "grey"], "fog": ["foggy"], "rain": ["rainy"]
}  # fmt: skip
# Things to count: class -> one, several. A cyclist is a rider with a bicycle.
THINGS = {
    "car": ("car", "cars"), "truck": ("truck", "trucks"), "bus": ("bus", "buses"),
    "person": ("pedestrian", "pedestrians"), "rider": ("cyclist", "cyclists"),
    "traffic light": ("traffic light", "traffic lights"), "traffic sign": ("sign", "signs"),
}  # fmt: skip
SMALLEST = 1 / 700  # of the image: what is smaller goes without saying
COUNTS = ["", "a", "two", "three", "many"]
# Surroundings, and the share of the image from which on they are worth a word.
SURROUNDINGS = {"building": ("buildings", 0.06), "vegetation": ("trees", 0.06), "terrain": ("grass", 0.06)}
SURROUNDINGS |= {"fence": ("fences", 0.02), "sidewalk": ("sidewalks", 0.03)}

PADDING, START, END = "<padding>", "<start>", "<end>"
LENGTH = 32
MOST_THINGS = 4  # of a caption: the largest


def conditions(folder):
    """What `sgc scenes` says about each scene, in order."""
    return json.loads((folder / "conditions.json").read_text())["scenes"]


def things(labels, names):
    """How often each thing is seen in a class map `[H, W]`, with the pixels it covers: name -> (count, pixels)."""
    seen = {}
    for name in THINGS:
        regions, _ = ndimage.label(labels == names.index(name))
        sizes = numpy.bincount(regions.ravel())[1:]
        sizes = sizes[sizes >= SMALLEST * labels.size]
        if len(sizes):
            seen[name] = (len(sizes), int(sizes.sum()))
    return seen


def facts(labels, names, condition):
    """All that a caption can say about a scene, things by the pixels they cover."""
    shares = numpy.bincount(labels.ravel(), minlength=len(names)) / labels.size
    seen = things(labels, names)
    largest = sorted(seen, key=lambda name: -seen[name][1])[:MOST_THINGS]
    return dict(
        condition=condition,
        things=[(name, seen[name][0]) for name in largest],
        surroundings=[name for name, (_, least) in SURROUNDINGS.items() if shares[names.index(name)] >= least],
    )


def joined(words):
    return words[0] if len(words) == 1 else " ".join(words[:-1]) + " and " + words[-1]


def caption(fact, random=None):
    """A sentence such as "a rainy city street at night with two cars and a pedestrian near buildings".

    With a source of random numbers it leaves parts out and chooses among words, as people do; without, it is complete.
    """

    def said(share):
        return random is None or random.random() < share

    def one_of(words):
        return words[0] if random is None else words[random.integers(len(words))]

    condition = fact["condition"]
    words = ["a"]
    if said(0.8):
        words.append(one_of(WEATHERS[condition["weather"]]))
    if condition["wet"] and said(0.7):
        words.append("wet")
    words.append(one_of(SETTINGS[condition["setting"]]) if said(0.8) else "street")
    if said(0.8):
        words.append(one_of(DAYTIMES[condition["daytime"]]))
    listed = [
        f"{COUNTS[min(count, 4)]} {THINGS[name][0 if count == 1 else 1]}" for name, count in fact["things"] if said(0.8)
    ]
    if listed:
        words += ["with", joined(listed)]
    around = [SURROUNDINGS[name][0] for name in fact["surroundings"] if said(0.7)]
    if around:
        words += ["near", joined(around)]
    return " ".join(words)


def vocabulary():
    """All words in a fixed order; a word's id is its place.

    The end is last: transformers takes `eos_token_id` 2 for a sign of old checkpoints and pools the largest id instead.
    """
    phrases = [word for each in (SETTINGS, DAYTIMES, WEATHERS) for words in each.values() for word in words]
    phrases += [word for words in THINGS.values() for word in words] + [word for word, _ in SURROUNDINGS.values()]
    words = {word for phrase in phrases + COUNTS[1:] for word in phrase.split()}
    return [PADDING, START, *sorted(words | {"wet", "street", "with", "near", "and"}), END]


def encode(texts, words):
    """Texts -> input_ids and attention_mask, int64 `[N, LENGTH]`."""
    ids = numpy.full((len(texts), LENGTH), words.index(PADDING))
    mask = numpy.zeros((len(texts), LENGTH), numpy.int64)
    for row, text in enumerate(texts):
        tokens = [words.index(word) for word in [START, *text.split(), END]]
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask
