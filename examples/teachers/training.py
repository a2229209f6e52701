"""What both trainings share: a loop that can be stopped and gone on with, and the export to ONNX."""

import pathlib
import time

import numpy
import onnx
import onnxruntime
import torch


def train(module, loss_of, options, name, steps, rate, weight_decay=0.01):
    """AdamW with warm-up and a cosine to zero. `loss_of(random)` computes the loss of one batch.

    Batches depend on the step alone, so a training that was stopped goes on as if it had not been. Returns whether
    all steps are done.
    """
    optimizer = torch.optim.AdamW(module.parameters(), rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.05)
    checkpoint, first = options.work / f"{name}.pt", 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        first = saved["step"]
        module.load_state_dict(saved["module"])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])
    module.train()
    start, losses = time.monotonic(), []
    for step in range(first, steps):
        if time.monotonic() - start > 60 * options.minutes:
            break
        loss = loss_of(numpy.random.default_rng([7, step]))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % 100 == 0:
            mean = numpy.mean(losses[-100:])
            print(f"{name}: step {step + 1} of {steps}, loss {mean:.4f}, {time.monotonic() - start:.0f} s", flush=True)
        first = step + 1
    module.eval()
    state = dict(step=first, module=module.state_dict(), optimizer=optimizer.state_dict())
    state["schedule"] = schedule.state_dict()
    torch.save(state, checkpoint)
    return first == steps


def export(module, path, inputs, outputs, axes):
    """Writes PATH and PATH.data: opset 20 through torch.export. `axes` are the dynamic ones of each input."""
    names = list(inputs)
    program = torch.onnx.export(
        module, tuple(inputs.values()), dynamo=True, opset_version=20, input_names=names, output_names=outputs,
        dynamic_shapes=tuple({number: torch.export.Dim(axis) for number, axis in axes.items()} for _ in names),
        verbose=False,
    )  # fmt: skip
    program.save(path, external_data=True)
    # The exporter notes which line of which file each node comes from; that is nobody's business.
    model = onnx.load(path, load_external_data=False)
    graph = model.graph
    for each in [model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info]:
        del each.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
    onnx.save(model, path)
    onnx.checker.check_model(path)


def session(path):
    """The file in ONNX Runtime, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check(module, path, cases):
    """Asserts that the file computes what the module does, for each of the inputs; returns the largest difference."""
    run, largest = session(path), 0.0
    for inputs in cases:
        with torch.no_grad():
            expected = module(*inputs.values())
        expected = expected if isinstance(expected, tuple) else (expected,)
        feeds = {name: value.numpy() for name, value in inputs.items()}
        for wanted, value in zip(expected, run.run(None, feeds)):
            largest = max(largest, float(abs(wanted.numpy() - value).max()))
    assert largest < 1e-4, f"{path}: ONNX Runtime differs from PyTorch by {largest}"
    return largest


def megabytes(*paths: pathlib.Path):
    """The size of the files together with their external data."""
    return sum(file.stat().st_size for path in paths for file in path.parent.glob(f"{path.name}*")) / 1e6
