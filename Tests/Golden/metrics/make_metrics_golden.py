"""Makes Tests/SGCTokenizerTests/Metrics/MetricsGolden.swift: what NumPy, scikit-image and scikit-learn say.

Usage: python make_metrics_golden.py > ../../SGCTokenizerTests/Metrics/MetricsGolden.swift

Inputs are integer formulas (scramble, image, ...) which MetricsInputs.swift repeats, so that only results are stored.
Grid labels and temporal agreement have no reference library: brute force over plain definitions below.
"""

import math

import numpy as np
import skimage
import sklearn
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity
from sklearn.metrics import davies_bouldin_score, silhouette_score

IGNORE = 65535


def scramble(i, seed):
    h = ((i + seed * 7919) * 2654435761) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 2246822519) & 0xFFFFFFFF
    return h ^ (h >> 13)


def image(width, height, seed, noise):
    """[H, W, 3] bytes: gradients and a disc, with noise in 0..<noise."""
    out = np.zeros((height, width, 3), np.uint8)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                disc = 60 if (x - width // 2) ** 2 + (y - height // 3) ** 2 < 50 else 0
                v = (3 * x * (c + 1) + 5 * y) % 150 + disc + scramble((y * width + x) * 3 + c, seed) % noise
                out[y, x, c] = min(v, 255)
    return out


def unit(pixels):
    return (pixels.astype(np.float32) / np.float32(255)).astype(np.float64)


CONSTANTS = []


def number(value):
    return "Double.infinity" if math.isinf(value) else repr(float(value))


def emit(name, value):
    if isinstance(value, (list, tuple, np.ndarray)):
        items = [str(int(v)) if isinstance(v, (int, np.integer)) else number(v) for v in value]
        kind = "Int" if isinstance(value[0], (int, np.integer)) else "Double"
        lines, line = [], "       "
        for item in items:
            if len(line) + len(item) + 2 > 118:
                lines.append(line)
                line = "       "
            line += " " + item + ","
        lines.append(line)
        CONSTANTS.append(f"    static let {name}: [{kind}] = [\n" + "\n".join(lines) + "\n    ]")
    else:
        CONSTANTS.append(f"    static let {name} = {number(value)}")


def ssim(mode, a, b):
    options = {
        "gaussian": dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False),
        "uniform7": dict(),
        "uniform11": dict(win_size=11),
    }[mode]
    return structural_similarity(a, b, channel_axis=2, data_range=1.0, **options)


def images():
    flat = np.full((11, 13, 3), 80, np.uint8)
    other = np.full((11, 13, 3), 90, np.uint8)
    cases = [
        (image(37, 23, 1, 90), image(37, 23, 2, 90)),
        (image(16, 32, 3, 20), image(16, 32, 4, 100)),
        (image(11, 11, 5, 30), image(11, 11, 6, 30)),
        (flat, other),
        (flat, image(13, 11, 7, 40)),
        (image(19, 12, 8, 50), image(19, 12, 8, 50)),
    ]
    pairs = [(unit(a), unit(b)) for a, b in cases]
    with np.errstate(divide="ignore"):
        psnr = [peak_signal_noise_ratio(a, b, data_range=1.0) for a, b in pairs]
    emit("psnr", psnr)
    emit("meanFinitePSNR", float(np.mean([p for p in psnr if np.isfinite(p)])))
    emit("meanSquared", [mean_squared_error(a, b) for a, b in pairs])
    emit("meanAbsolute", [np.mean(np.abs(a - b)) for a, b in pairs])
    for mode in ("gaussian", "uniform7", "uniform11"):
        emit("ssim" + mode.capitalize(), [ssim(mode, a, b) for a, b in pairs])


def codebook():
    k, c, t = 23, 5, 400
    # The square makes low codes frequent; codes 17 to 22 stay dead. Code 3 never has a label.
    codes = [(scramble(i, 11) % 17) * (scramble(i, 12) % 17) // 16 for i in range(t)]
    labels = []
    for i, code in enumerate(codes):
        r = scramble(i, 13) % 10
        labels.append(IGNORE if code == 3 or r == 0 else (code % c if r < 7 else scramble(i, 14) % c))
    codes, labels = np.array(codes), np.array(labels)
    counts = np.bincount(codes, minlength=k)
    h = np.zeros((k, c), int)
    keep = labels != IGNORE
    np.add.at(h, (codes[keep], labels[keep]), 1)
    p = counts[counts > 0] / counts.sum()
    entropy = float(-(p * np.log(p)).sum())
    emit("codeCounts", counts)
    emit("codeHistogram", h.ravel())
    emit("codeUsage", float((counts > 0).mean()))
    emit("codeEntropy", entropy)
    emit("codePerplexity", math.exp(entropy))
    emit("codeNormalizedEntropy", entropy / math.log(k))
    total = h.sum(1)
    purity = np.where(total > 0, h.max(1) / np.maximum(total, 1), 0.0)
    emit("codePurities", purity)
    emit("codeClasses", np.where(total > 0, h.argmax(1), IGNORE))
    taus = [0.1, 0.3, 0.5, 0.7, 0.9]
    emit("uniquenessOfAll", [float((purity > tau).sum() / k) for tau in taus])
    emit("uniquenessOfUsed", [float((purity > tau).sum() / (counts > 0).sum()) for tau in taus])
    table = np.array([IGNORE if i == 1 else (i * 3) % c for i in range(k)])
    emit("codeAccuracy", float((labels == table[codes])[keep].mean()))


def clusters():
    def points(n, d, seed, spread):
        centre = [[scramble(j * d + q, seed + 1) % 100 for q in range(d)] for j in range(5)]
        return np.array(
            [[(centre[i % 5][q] + scramble(i * d + q, seed) % spread) / 64 for q in range(d)] for i in range(n)]
        )

    cases = []
    for n, d, seed, spread in [(53, 3, 21, 40), (40, 8, 22, 200), (17, 1, 23, 60)]:
        cases.append((points(n, d, seed, spread), np.array([i % 5 * 3 - 4 for i in range(n)])))
    # Singletons: two of the labels occur once.
    x, y = points(30, 4, 24, 90), np.array([100 if i == 7 else -9 if i == 29 else i % 3 for i in range(30)])
    cases.append((x, y))
    # Coincident points: two clusters share one place, the third lies elsewhere.
    x = np.array([[1.0, 2.0]] * 6 + [[4.0, 6.0], [4.0, 7.0], [5.0, 6.0]])
    cases.append((x, np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])))
    # Every point in one place; and every cluster a point of its own.
    cases.append((np.full((5, 3), 0.5), np.array([0, 0, 1, 1, 1])))
    cases.append((np.array([[0.0], [0.0], [3.0], [3.0]]), np.array([0, 0, 1, 1])))
    emit("silhouette", [silhouette_score(x, y) for x, y in cases])
    emit("daviesBouldin", [davies_bouldin_score(x, y) for x, y in cases])


def majority(pixels, factor):
    """pixels: (y, x, value) within the cell, in raster order."""
    if not pixels:
        return None
    values = [v for _, _, v in pixels]
    most = max(values.count(v) for v in values)
    middle = (factor - 1) / 2
    tied = [((y - middle) ** 2 + (x - middle) ** 2, i, v) for i, (y, x, v) in enumerate(pixels) if values.count(v) == most]
    return min(tied)[2]


def cell_majorities(values, factor, rows, columns, missing):
    height, width = values.shape
    out = []
    for r in range(rows):
        for q in range(columns):
            pixels = [
                (y, x, int(values[r * factor + y, q * factor + x]))
                for y in range(factor)
                for x in range(factor)
                if r * factor + y < height and q * factor + x < width and values[r * factor + y, q * factor + x] != missing
            ]
            out.append(majority(pixels, factor))
    return out


def label_map(width, height, seed, classes):
    ids = [scramble(i, seed) % (classes + 1) for i in range(width * height)]
    return np.array([IGNORE if v == classes else v for v in ids]).reshape(height, width)


def grids():
    for name, width, height, factor, rows, columns in [
        ("labelGridEven", 24, 16, 4, 4, 6),
        ("labelGridOdd", 23, 17, 5, 4, 5),
        ("labelGridBeyond", 7, 5, 3, 3, 4),
        ("labelGridPixels", 5, 4, 1, 4, 5),
    ]:
        got = cell_majorities(label_map(width, height, 31, 3), factor, rows, columns, IGNORE)
        emit(name, [IGNORE if v is None else v for v in got])


def temporal():
    width, height, factor, k, c = 22, 13, 4, 6, 3
    rows, columns = -(-height // factor), -(-width // factor)
    n = rows * columns
    flow = np.full((height, width), -1)
    for y in range(height):
        for x in range(width):
            i = y * width + x
            tx, ty = x + 2 + scramble(i, 41) % 3, y + scramble(i, 42) % 2
            hidden = scramble(i, 43) % 4 == 0 or (x < 4 and y < 4)
            if tx < width and ty < height and not hidden:
                flow[y, x] = ty * width + tx
    first = [scramble(i, 44) % k for i in range(n)]
    following = [scramble(i, 45) % k if scramble(i, 46) % 3 == 0 else first[max(i - 1, 0)] for i in range(n)]
    table = [0, 1, 0, IGNORE, 1, 2]
    # Most of them are right, as far as codes have classes.
    labels = [IGNORE if scramble(i, 47) % 5 == 0 else scramble(i, 48) % c for i in range(n)]
    labels = [table[first[i]] if scramble(i, 52) % 4 else labels[i] for i in range(n)]
    following_labels = [IGNORE if scramble(i, 49) % 5 == 0 else labels[max(i - scramble(i, 50) % 2, 0)] for i in range(n)]
    target_cells = np.where(flow < 0, -1, (flow // width // factor) * columns + flow % width // factor)
    tallies = np.zeros((c + 2, 4), int)
    for cell, target in enumerate(cell_majorities(target_cells, factor, rows, columns, -1)):
        if target is None:
            continue
        a, b = first[cell], following[target]
        truth = labels[cell]
        one_surface = truth == following_labels[target] != IGNORE
        row = [1, a == b, a == b or (table[a] == table[b] != IGNORE), one_surface and table[a] == table[b] == truth]
        tallies[c] += row
        if one_surface:
            tallies[c + 1] += row
        if labels[cell] != IGNORE:
            tallies[labels[cell]] += row
    emit("temporalTallies", tallies.ravel())


images()
codebook()
clusters()
grids()
temporal()
print("// Made by Tests/Golden/metrics/make_metrics_golden.py with")
print(f"// NumPy {np.__version__}, scikit-image {skimage.__version__}, scikit-learn {sklearn.__version__}. Not edited by hand.")
print("\n/// Results of the reference libraries on the inputs of ``MetricsInputs``.")
print("enum MetricsGolden {")
print("\n".join(CONSTANTS))
print("}")
