"""The sides of a comparison of tokenizers. Each is made in a process of its own, so that none meets another's threads."""

from __future__ import annotations

import hashlib
import importlib
import json
import resource
import shutil
import sys
from pathlib import Path

import numpy as np

from cases import BETAS, DISCRIMINATOR, LEARNING_RATE, Case, images
from runtimes import OnnxRuntime, OpenVINO

GOLDEN = Path(__file__).resolve().parents[1] / "Tests" / "Golden" / "torch"
WEIGHTS = "model.safetensors"


class Side:
    """What both have: the images, and the memory that the process needed so far."""

    def __init__(self, case: Case, directory: Path, threads: int) -> None:
        self.case, self.directory, self.threads = case, directory, threads
        self.images = images(case)

    def peak_memory(self) -> float:
        """The most memory that this process held, in bytes."""
        return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Ours(Side):
    """libsgc through its Python binding."""

    def __init__(self, case: Case, directory: Path, threads: int) -> None:
        super().__init__(case, directory, threads)
        import sgc

        options = {"threads": threads, "precision": case.precision}
        if case.task == "step":
            self.trainer = sgc.Trainer(case.training, **options)
            self.trainer.export(directory)
            if case.has_discriminator:
                self.trainer.save(start(directory))
        elif (directory / WEIGHTS).exists():
            self.tokenizer = sgc.Tokenizer(directory, **options)
        else:
            with sgc.Trainer(case.model.training, threads=threads) as trainer:
                trainer.export(directory)

    def version(self) -> str:
        """Of the library."""
        import sgc

        return f"libsgc {sgc.__version__}"

    def encode(self) -> np.ndarray:
        """Tokens, int32 [N, h, w]."""
        return self.tokenizer.encode(self.images).tokens

    def decode(self, tokens: np.ndarray) -> np.ndarray:
        """Images, float32 [N, H, W, 3] in 0...1."""
        return self.tokenizer.decode(tokens, dtype=np.float32)

    def step(self) -> dict[str, float]:
        """The losses of one training step."""
        metrics = self.trainer.step(self.images)
        names = ["loss", "reconstruction", "codebook", "commitment"]
        if self.case.has_discriminator:
            names += ["adversarial", "discriminator"]
        return {name: metrics[name] for name in names}

    def gradient_norm(self) -> float:
        """Of the last step's gradients, over all parameters."""
        return self.trainer.metrics["gradient_norm"]

    def save(self) -> None:
        """Writes a checkpoint."""
        self.trainer.save(self._checkpoint)

    def restore(self) -> None:
        """Goes on from the checkpoint."""
        import sgc

        sgc.Trainer.resume(self._checkpoint, threads=self.threads, precision=self.case.precision).close()

    @property
    def _checkpoint(self) -> Path:
        return self.directory.with_name(self.directory.name + "-ours")


class PyTorch(Side):
    """PyTorch eager in channels-last, with the re-statement of VQGAN that the goldens come from."""

    def __init__(self, case: Case, directory: Path, threads: int) -> None:
        super().__init__(case, directory, threads)
        sys.path.insert(0, str(GOLDEN))
        import torch
        import vqgan
        from safetensors.torch import load_file

        torch.set_num_threads(threads)
        self.torch, self.vqgan = torch, vqgan
        # taming always has 32 groups.
        groups = case.model.configuration["norm_groups"]
        vqgan.norm = lambda channels: torch.nn.GroupNorm(groups, channels, eps=1e-6)
        # Without first values that the file replaces.
        with torch.device("meta"):
            self.model = vqgan.Model(case.model.taming)
        self.model.load_state_dict(load_file(str(directory / WEIGHTS)), assign=True)
        # Training in bfloat16 keeps float32 weights, as ours does.
        self.type = torch.float32 if case.task == "step" else getattr(torch, case.precision)
        self.model = self.model.to(dtype=self.type, memory_format=torch.channels_last)
        # Distances are taken in float32, as ours are.
        self.codebook = self.model.quantize.embedding.weight.detach().float()
        if case.task == "step":
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, betas=BETAS, fused=True)
        if case.has_discriminator:
            from discriminator import Discriminator

            prefix = "discriminator."
            checkpoint = load_file(str(start(directory) / "checkpoint.safetensors"))
            weights = {name.removeprefix(prefix): value for name, value in checkpoint.items() if name.startswith(prefix)}
            self.discriminator = Discriminator(DISCRIMINATOR).to(memory_format=torch.channels_last)
            missing, unknown = self.discriminator.load_state_dict(weights, strict=False)
            # Counters, which only PyTorch has.
            assert not unknown and all(name.endswith("num_batches_tracked") for name in missing), (missing, unknown)
            parameters = self.discriminator.parameters()
            self.discriminator_optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE, betas=BETAS, fused=True)

    def version(self) -> str:
        """Of PyTorch and its libraries."""
        parts = self.torch.__config__.show().splitlines()
        found = [line.strip(" -") for line in parts if "MKL-DNN" in line or "Math Kernel Library" in line]
        return "; ".join([f"PyTorch {self.torch.__version__}", *found])

    def _pixels(self):
        """NHWC in -1...1."""
        return (self.torch.from_numpy(self.images) * 2 - 1).to(self.type)

    def encode(self) -> np.ndarray:
        """Tokens, int64 [N, h, w]."""
        with self.torch.inference_mode():
            z = self.model.latents(self._pixels()).float()
            codes = self.vqgan.squared_distances(z.flatten(0, 2), self.codebook).argmin(1)
            return codes.view(z.shape[:3]).numpy()

    def decode(self, tokens: np.ndarray) -> np.ndarray:
        """Images, float32 [N, H, W, 3] in 0...1."""
        model, vqgan = self.model, self.vqgan
        with self.torch.inference_mode():
            features = vqgan.nchw(self.codebook[self.torch.from_numpy(tokens).long()].to(self.type))
            pixels = vqgan.nhwc(model.decoder(model.post_quant_conv(features))).float()
            return ((pixels + 1) / 2).clamp(0, 1).numpy()

    def step(self) -> dict[str, float]:
        """The losses of one training step."""
        self.optimizer.zero_grad(set_to_none=True)
        pixels = self._pixels()
        with self.torch.autocast("cpu", self.torch.bfloat16, enabled=self.case.precision == "bfloat16"):
            _, _, decoded, terms = self.model(pixels)
        names = {"loss": "total_paper", "reconstruction": "l1", "codebook": "codebook", "commitment": "commitment"}
        if self.case.has_discriminator:
            terms["adversarial"] = self._adversarial(decoded, terms)
            names["adversarial"] = "adversarial"
        terms["total_paper"].backward()
        self.optimizer.step()
        losses = {ours: terms[name].item() for ours, name in names.items()}
        if self.case.has_discriminator:
            losses["discriminator"] = self._discriminator_step(pixels, decoded.detach())
        return losses

    def _adversarial(self, decoded, terms):
        """The generator's loss, which joins the total with its adaptive weight; the discriminator gets no gradient."""
        self.discriminator.requires_grad_(False)
        loss = -self.discriminator(decoded).mean()
        last = self.model.decoder.conv_out.weight
        norms = [self.torch.autograd.grad(term, last, retain_graph=True)[0].norm() for term in (terms["l1"], loss)]
        weight = (norms[0] / (norms[1] + 1e-4)).clamp(0, 1e4) * DISCRIMINATOR["weight"]
        terms["total_paper"] = terms["total_paper"] + weight * loss
        return loss

    def _discriminator_step(self, real, fake) -> float:
        """One step of the discriminator with the hinge loss."""
        self.discriminator.requires_grad_(True)
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        missed = [self.torch.relu(1 + sign * self.discriminator(x)).mean() for sign, x in ((-1, real), (1, fake))]
        loss = (missed[0] + missed[1]) / 2
        loss.backward()
        self.discriminator_optimizer.step()
        return loss.item()

    def gradient_norm(self) -> float:
        """Of the last step's gradients, over all parameters."""
        squares = [parameter.grad.double().square().sum() for parameter in self.model.parameters()]
        return float(self.torch.stack(squares).sum().sqrt())

    def save(self) -> None:
        """Writes a checkpoint."""
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        self.torch.save(state, self._checkpoint)

    def restore(self) -> None:
        """Goes on from the checkpoint."""
        state = self.torch.load(self._checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])

    @property
    def _checkpoint(self) -> Path:
        return self.directory.with_name(self.directory.name + "-peer.pt")


class CompiledPyTorch(PyTorch):
    """The same through torch.compile, with weights that are prepared once, as the other sides have them."""

    def __init__(self, case: Case, directory: Path, threads: int) -> None:
        super().__init__(case, directory, threads)
        inductor = importlib.import_module("torch._inductor.config")
        inductor.freezing = inductor.freezing_discard_parameters = True
        self.model.encoder = self.torch.compile(self.model.encoder)
        self.model.decoder = self.torch.compile(self.model.decoder)


class Runtime(Side):
    """A runtime of runtimes.py, with the graph of one half of the model."""

    runtime: type

    def __init__(self, case: Case, directory: Path, threads: int) -> None:
        super().__init__(case, directory, threads)
        path, shape = graph_path(case, directory)
        name = "tokens" if case.task == "decode" else "images"
        self.session = self.runtime(path, name, shape, threads, case.precision)

    def version(self) -> str:
        return self.runtime.version()

    def encode(self) -> np.ndarray:
        """Tokens, int64 [N, h, w]."""
        return self.session.run(self.images)

    def decode(self, tokens: np.ndarray) -> np.ndarray:
        """Images, float32 [N, H, W, 3] in 0...1."""
        return self.session.run(tokens.astype(np.int64))


class OnnxRuntimeTokenizer(Runtime):
    runtime = OnnxRuntime


class OpenVINOTokenizer(Runtime):
    runtime = OpenVINO


class OnnxRuntimeForward(OnnxRuntimeTokenizer):
    """No peer in training, which it cannot do: a measure of the machine that needs no PyTorch."""

    def step(self) -> dict[str, float]:
        """The loss of the reconstruction, as the first training step has it, too."""
        images = self.session.run(self.images)
        return {"reconstruction": float(np.abs(2 * images - 2 * self.images).mean())}


def start(directory: Path) -> Path:
    """The checkpoint of a fresh training with a discriminator, whose weights are no part of the model."""
    return directory.with_name(f"{directory.name}-start")


# ---- Files that sides need, each made in a worker of its own: what that imports counts for nobody's memory. ----


def graph_path(case: Case, directory: Path) -> tuple[Path, tuple[int, ...]]:
    """The file of the half (or all) of the model that the case needs, and its input's shape."""
    shape = case.token_shape if case.task == "decode" else (case.batch, case.height, case.width, 3)
    return directory.with_name(f"{directory.name}-{case.task}-{'x'.join(map(str, shape))}.onnx"), shape


def graphs(case: Case, directory: Path, threads: int) -> None:
    """Writes the graph for runtimes, once."""
    import graph

    path, shape = graph_path(case, directory)
    if not path.exists():
        graph.write(directory, "reconstruct" if case.task == "step" else case.task, shape, path)


def spread_codebook(case: Case, fresh: Path, threads: int) -> None:
    """Writes the model `fresh` as `spread` beside it, with codes that lie among the latents.

    A fresh codebook is a narrow cloud beside them, where rounding alone decides which code is the nearest.
    """
    import graph
    from safetensors.numpy import load_file, save_file

    target, path, pixels = fresh.parent / "spread", fresh.parent / "latents.onnx", images(case)
    graph.write(fresh, "latents", pixels.shape, path)
    z = OnnxRuntime(path, "images", pixels.shape, threads, "float32").run(pixels)
    shutil.copytree(fresh, target)
    tensors = load_file(str(target / WEIGHTS))
    noise = np.random.default_rng(3).standard_normal((case.model.codebook_size, z.shape[1]), np.float32)
    tensors["quantize.embedding.weight"] = z.mean(0) + z.std(0) * noise
    metadata = {"format": json.loads((target / "config.json").read_text())["format"]}
    # As libsgc writes them, so that it has to check them.
    metadata |= {f"sha256:{name}": hashlib.sha256(value.tobytes()).hexdigest() for name, value in tensors.items()}
    save_file(tensors, str(target / WEIGHTS), metadata)
