"""Compares libsgc with ONNX Runtime on the networks of parity_models.py at their full size, and writes docs/onnx-parity.md.

    PYTHONPATH=bindings/python/src python Tests/Golden/onnx/full_parity.py docs/onnx-parity.md [--models NAME ...]

Needs requirements.txt of this folder and a built library; takes hours on two cores, 4 GB of memory and 2 GB of disk: each
export is deleted as soon as it was compared. Rows of models that are not named stay as the page has them.
"""

import argparse
import logging
import pathlib
import re
import sys
import tempfile
import warnings

import numpy
import onnxruntime
import torch
import transformers

import models
import parity_models
import sgc

#: The largest difference that is allowed, relative to the largest number of the output.
TOLERANCE = 1e-3

PAGE = """# Full-size networks beside ONNX Runtime

<!-- Made by Tests/Golden/onnx/full_parity.py. -->

The largest difference between libsgc and ONNX Runtime in float32, over all outputs and all runs, relative to the largest
number of the output; {tolerance:.0e} is allowed. The networks have random weights and their full size; PyTorch {torch} and
transformers {transformers} exported them, ONNX Runtime is {onnxruntime}. "old" is PyTorch's exporter by tracing
(`dynamo=False`), "new" the one over `torch.export`; the number is the operator set. A run is BATCHxHEIGHTxWIDTH or
BATCHxLENGTH, as far as the network leaves its axes open. Asked for an older operator set than 18, the new exporter writes 18.
"-": the exporter or ONNX Runtime refused, for the reason below.

| network | runs | {heads} |
|---|---|{rules}|
{rows}
{reasons}"""


def difference(path, reference):
    """The largest difference of libsgc's outputs from those that ONNX Runtime gave for the same file."""
    expected, given = numpy.load(path.with_suffix(".npz")), numpy.load(reference)
    worst = 0.0
    with sgc.Teacher(path) as teacher:
        names = {key.split("/")[2] for key in expected}
        for run in sorted({key.split("/")[0] for key in expected}):
            inputs = {key.split("/")[2]: given[key] for key in given if key.startswith(f"{run}/in/")}
            taken = {entry["name"] for entry in teacher.info["inputs"]}
            results = teacher.evaluate({name: value for name, value in inputs.items() if name in taken}, sorted(names))
            for name in names:
                wanted, found = expected[f"{run}/out/{name}"], results[name]
                if found.shape != wanted.shape:
                    raise AssertionError(f"{run} {name}: expected {wanted.shape}, got {found.shape}")
                worst = max(worst, float(abs(found - wanted).max() / abs(wanted).max()))
    return worst


def known_rows(page):
    """What the page says already: model -> (runs, cells), and model -> reasons."""
    rows, reasons = {}, {}
    for line in page.read_text().splitlines() if page.exists() else []:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] in models.BUILDERS:
            rows[cells[0]] = (cells[1], cells[2:])
        if match := re.match(r"- ([\w-]+), ", line):
            reasons.setdefault(match[1], []).append(line)
    return rows, reasons


def compare(name, folder):
    """One model in all combinations: what its row says, the reasons for its gaps, and whether all is well."""
    cells, reasons, runs, good = [], [], set(), True
    for entry in parity_models.make(name, folder, parity_models.COMBINATIONS, tiny=False):
        combination = f"{entry['exporter']}-{entry['opset']}"
        if "refused" in entry:
            cells.append("-")
            reasons.append(f"- {name}, {combination}: {entry['refused']}")
            continue
        try:
            found = difference(folder / entry["file"], folder / entry["reference"])
            cells.append(f"{found:.1e}")
            good &= found <= TOLERANCE
        except (sgc.Error, AssertionError) as error:
            cells.append("fails")
            reasons.append(f"- {name}, {combination}: {error}")
            good = False
        runs.update(entry["runs"])
        print(f"{name} {combination}: {cells[-1]}", flush=True)
        for left in folder.glob(f"{name}-{combination}.*"):
            left.unlink()
    return (" ".join(sorted(runs)), cells), reasons, good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--models", nargs="+", choices=models.BUILDERS, default=list(models.BUILDERS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    rows, reasons = known_rows(options.page)
    good = True
    for name in options.models:
        with tempfile.TemporaryDirectory() as folder:
            rows[name], reasons[name], fits = compare(name, pathlib.Path(folder))
        good &= fits
        listed = [each for each in models.BUILDERS if each in rows]
        options.page.write_text(
            PAGE.format(
                tolerance=TOLERANCE, torch=torch.__version__, transformers=transformers.__version__,
                onnxruntime=onnxruntime.__version__, heads=" | ".join(parity_models.COMBINATIONS),
                rules="|".join("---" for _ in parity_models.COMBINATIONS),
                rows="\n".join(f"| {each} | {rows[each][0]} | {' | '.join(rows[each][1])} |" for each in listed),
                reasons="".join(f"\n{line}" for each in listed for line in reasons.get(each, [])) + "\n",
            ).rstrip() + "\n"
        )  # fmt: skip
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
