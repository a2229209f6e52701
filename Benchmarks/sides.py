"""The sides of a comparison of tokenizers. Each is made in a process of its own, so that none meets another's threads."""

from __future__ import annotations

import json
import resource
import shutil
import sys
from pathlib import Path

import numpy as np

from cases import BETAS, LEARNING_RATE, Case, images
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
            self.trainer = sgc.Trainer(case.model.training, **options)
            self.trainer.export(directory)
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
        return {name: metrics[name] for name in ("loss", "reconstruction", "codebook", "commitment")}

    def gradient_norm(self) -> float:
        """Of the last step's gradients, over all parameters."""
        return self.trainer.metrics["gradient_norm"]


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
        self.model = vqgan.Model(case.model.taming)
        self.model.load_state_dict(load_file(str(directory / WEIGHTS)))
        # Training in bfloat16 keeps float32 weights, as ours does.
        self.type = torch.float32 if case.task == "step" else getattr(torch, case.precision)
        self.model = self.model.to(dtype=self.type, memory_format=torch.channels_last)
        # Distances are taken in float32, as ours are.
        self.codebook = self.model.quantize.embedding.weight.detach().float()
        if case.task == "step":
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, betas=BETAS, fused=True)

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
        with self.torch.autocast("cpu", self.torch.bfloat16, enabled=self.case.precision == "bfloat16"):
            _, _, _, terms = self.model(self._pixels())
        terms["total_paper"].backward()
        self.optimizer.step()
        names = {"loss": "total_paper", "reconstruction": "l1", "codebook": "codebook", "commitment": "commitment"}
        return {ours: terms[name].item() for ours, name in names.items()}

    def gradient_norm(self) -> float:
        """Of the last step's gradients, over all parameters."""
        squares = [parameter.grad.double().square().sum() for parameter in self.model.parameters()]
        return float(self.torch.stack(squares).sum().sqrt())

    def spread_codebook(self, target: Path) -> None:
        """Writes the model to `target` with codes that lie among the latents.

        A fresh codebook is a narrow cloud beside them, where rounding alone decides which code is the nearest.
        """
        from safetensors.torch import save_file

        torch = self.torch
        with torch.inference_mode():
            z = self.model.latents(self._pixels()).flatten(0, 2)
            noise = torch.randn(self.codebook.shape, generator=torch.Generator().manual_seed(3))
            codebook = z.mean(0) + z.std(0) * noise
        shutil.copytree(self.directory, target)
        tensors = {name: value.contiguous() for name, value in self.model.state_dict().items()}
        tensors["quantize.embedding.weight"] = codebook.contiguous()
        described = json.loads((target / "config.json").read_text())
        save_file(tensors, str(target / WEIGHTS), {"format": described["format"]})


class CompiledPyTorch(PyTorch):
    """The same through torch.compile."""

    def __init__(self, case: Case, directory: Path, threads: int) -> None:
        super().__init__(case, directory, threads)
        self.model.encoder = self.torch.compile(self.model.encoder)
        self.model.decoder = self.torch.compile(self.model.decoder)


class Runtime(Side):
    """A runtime of runtimes.py, with the graph of one half of the model."""

    runtime: type

    def __init__(self, case: Case, directory: Path, threads: int) -> None:
        super().__init__(case, directory, threads)
        # Not for the other sides, whose memory is measured.
        import graph

        path = directory / f"{case.task}-{case.batch}x{case.height}x{case.width}.onnx"
        shape = self.images.shape if case.task == "encode" else case.token_shape
        if not path.exists():
            graph.write(directory, case.task, shape, path)
        name = "images" if case.task == "encode" else "tokens"
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


#: Side by the name of the peer.
PEERS = {
    "PyTorch": PyTorch, "PyTorch compiled": CompiledPyTorch, "ONNX Runtime": OnnxRuntimeTokenizer,
    "OpenVINO": OpenVINOTokenizer,
}  # fmt: skip
