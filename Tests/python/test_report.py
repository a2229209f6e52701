"""`sgc report` as a person sees it: the page of two tiny runs, opened from a file in a real Chromium, and used."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from browser import Browser
from conftest import COMMAND
from skimage import io

WIDTH, HEIGHT, SIDE = 64, 32, 2
#: Two cells of the list `compare`, so small that a step takes milliseconds.
SETTINGS = [
    f"data.width={WIDTH}", f"data.height={HEIGHT}", "data.count=64", "model.channels=8",
    "model.channel_multipliers=[1,2]", "model.latent_channels=16", "model.norm_groups=4",
    "quantizer.codebook_size=48", "quantizer.code_dimension=8", "run.batch=8", "run.evaluate_images=8",
    "run.semantics_images=16", "run.sample_images=0",
]  # fmt: skip


def sgc(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([str(part) for part in (COMMAND, *arguments)], capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the finished runs `vq-seed1` and `sgc-seed1`, and the experiment's own report."""
    folder = tmp_path_factory.mktemp("report") / "runs"
    settings = [argument for setting in SETTINGS for argument in ("--set", setting)]
    result = sgc(
        "experiment", "compare", "--seeds", 1, "--only", "vq,sgc", "--steps", 40, "--out", folder, "--threads", 1,
        *settings)  # fmt: skip
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def page(runs: Path) -> Path:
    path = runs.parent / "page.html"
    result = sgc("report", runs / "vq-seed1", runs / "sgc-seed1", "--out", path, "--threads", 1)
    assert (result.returncode, result.stdout.strip()) == (0, str(path)), result.stderr
    return path


@pytest.fixture(scope="module")
def scenes(runs: Path) -> Path:
    """The unseen images of the runs, as files."""
    folder = runs.parent / "scenes"
    result = sgc("scenes", "--seed", 2, "--count", 6, "--size", f"{WIDTH}x{HEIGHT}", "--out", folder)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def browser():
    with Browser() as browser:
        yield browser


def field(browser: Browser, name: str, section: str = ".explorer") -> str:
    return browser.run(f"document.querySelector('{section} .inspector [data-field={name}]').textContent")


def test_a_click_on_a_token_tells_what_its_code_stands_for(page, runs, scenes, browser):
    import sgc

    names = [item["name"] for item in json.loads((scenes / "classes.json").read_text())["classes"]]
    images = [io.imread(path)[..., :3] for path in sorted((scenes / "images").iterdir())]
    labels = [io.imread(path) for path in sorted((scenes / "labels").iterdir())]
    if labels[0].ndim == 3:  # the reader turned palettes into colors
        colors = [item["color"] for item in json.loads((scenes / "classes.json").read_text())["classes"]]
        labels = [np.argmax([(map_ == color).all(-1) for color in colors], 0) for map_ in labels]
    browser.open(page)
    seen = set()
    for scene, run in ((0, 1), (2, 1), (2, 0)):
        box = browser.box(f".explorer [data-scene='{scene}']")
        browser.click(box["left"] + box["width"] / 2, box["top"] + box["height"] / 2)
        with sgc.Tokenizer(runs / ("vq-seed1", "sgc-seed1")[run] / "model", threads=1) as tokenizer:
            encoding = tokenizer.encode(images[scene])
        rows, columns = encoding.tokens.shape
        assert (rows, columns) == (HEIGHT // SIDE, WIDTH // SIDE)
        cells = labels[scene].reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(rows, columns, -1)
        pure = np.argwhere((cells == cells[..., :1]).all(-1))
        for row, column in pure[:: max(1, len(pure) // 4)]:
            box = browser.box(f".explorer [data-run='{run}'] .map canvas")
            browser.click(
                box["left"] + (column + 0.5) / columns * box["width"], box["top"] + (row + 0.5) / rows * box["height"])
            assert field(browser, "code") == str(encoding.tokens[row, column])
            item = encoding.classes[row, column]
            assert field(browser, "class") == (names[item] if item >= 0 else "no class")
            assert field(browser, "truth") == names[cells[row, column, 0]]
            purity = float(field(browser, "purity").removesuffix(" %"))
            assert purity == pytest.approx(100 * encoding.purities[row, column], abs=0.051)
            assert float(field(browser, "margin")) == pytest.approx(encoding.margins[row, column], abs=6e-4)
            bars = browser.run(
                "[...document.querySelectorAll('.explorer [data-field=histogram] li')].map(li => li.innerText)")
            assert bars[0].startswith(field(browser, "class")) and f"{purity:.1f} %" in bars[0]
            seen.add(field(browser, "code"))
    assert len(seen) > 2
    # The arrow keys move the chosen token.
    for key, step in (("ArrowLeft", (0, -1)), ("ArrowUp", (-1, 0))):
        browser.run("document.querySelector(\".explorer [data-run='0'] .map canvas\").focus()")
        browser.call("Input.dispatchKeyEvent", type="keyDown", key=key)
        row, column = np.maximum((row + step[0], column + step[1]), 0)
        assert field(browser, "code") == str(encoding.tokens[row, column])
    assert browser.messages == []


def test_the_line_in_a_reconstruction_can_be_dragged(page, browser):
    browser.open(page)
    box = browser.box(".explorer [data-run='1'] .split input")
    middle = box["top"] + box["height"] / 2

    def shot() -> np.ndarray:
        left, top = int(box["left"]), int(box["top"])
        return browser.screenshot()[top : top + int(box["height"]), left : left + int(box["width"])].astype(int)

    before = shot()
    browser.drag((box["left"] + box["width"] / 2, middle), (box["left"] + box["width"] / 10, middle))
    values = browser.run("[...document.querySelectorAll('.explorer .split input')].map(input => Number(input.value))")
    assert len(values) == 2 and values[0] == values[1] == pytest.approx(10, abs=4)
    # Between the line's old and new place, the original gave way to the reconstruction; beyond the old one all stayed.
    change = np.abs(shot() - before).mean((0, 2))
    width = len(change)
    assert change[width // 5 : width * 2 // 5].mean() > 3
    assert change[width * 3 // 5 :].mean() < 0.5
    assert browser.messages == []


def test_the_codebook_can_be_browsed(page, browser):
    browser.open(page)
    code = browser.run("document.querySelector(\"#codebook [data-run='1'] circle\").dataset.code")
    box = browser.box(f"#codebook [data-run='1'] circle[data-code='{code}']")
    browser.click(box["left"] + box["width"] / 2, box["top"] + box["height"] / 2)
    shown = int(field(browser, "code", "#codebook"))
    # Another dot may lie over it.
    assert browser.run(f"document.querySelectorAll('#codebook circle.chosen[data-code=\"{shown}\"]').length") == 2
    data = "JSON.parse(document.getElementById('data').textContent).runs[1]"
    for wanted in np.flatnonzero(browser.run(f"{data}.uses"))[:3]:
        browser.run(f"""(() => {{
            const number = document.querySelector('#codebook input.code');
            number.value = {wanted};
            number.dispatchEvent(new Event('input'));
        }})()""")
        assert field(browser, "code", "#codebook") == str(wanted)
        near = browser.run("[...document.querySelectorAll('#codebook .near button')].map(b => Number(b.innerText))")
        assert near == browser.run(f"{data}.neighbors[{wanted}]")
        patches = browser.run("document.querySelectorAll('#codebook .patch').length")
        assert patches == len(browser.run(f"{data}.patches[{wanted}]")) > 0
    # A patch shows its picture: it is neither empty nor of one color.
    spread = browser.run("""new Promise(resolve => setTimeout(() => {
        const canvas = document.querySelector('#codebook .patch');
        const bytes = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        resolve(new Set(bytes).size);
    }, 200))""")
    assert spread > 4
    box = browser.box("#codebook .near button")
    browser.click(box["left"] + 5, box["top"] + 5)
    assert field(browser, "code", "#codebook") == str(near[0])
    box = browser.box("#codebook [data-run='0'] .wall canvas")
    browser.click(box["left"] + 5, box["top"] + 5)
    assert browser.run("document.querySelector('#codebook .inspector .name').textContent") == "vq-seed1"
    box = browser.box("#codebook button[data-projection='PCA']")
    browser.click(box["left"] + 5, box["top"] + 5)
    visible = "[...document.querySelectorAll('#codebook .scatter')].filter(f => f.offsetParent).map(f => f.dataset.projection)"
    assert browser.run(visible) == ["PCA", "PCA"]
    assert browser.messages == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_full_of_pictures_in_both_themes(page, browser, theme, tmp_path):
    browser.open(page, theme)
    assert browser.run("innerWidth === document.documentElement.scrollWidth")
    shot = browser.screenshot(tmp_path / f"{theme}.png", whole=True)
    assert shot.shape[1] == 1400 and shot.shape[0] > 4000
    ground = shot[2, 2].mean()
    assert ground < 40 if theme == "dark" else ground > 230
    # Most of the margins is ground, and text on it is seen.
    assert np.abs(shot[:, :8].astype(int) - shot[2, 2]).max() == 0
    lead = shot[40:300].astype(int).mean(-1)
    assert (np.abs(lead - ground) > 100).mean() > 0.01
    # Every screenful has something to look at.
    for top in range(0, shot.shape[0] - 800, 800):
        assert len(np.unique(shot[top : top + 800].reshape(-1, 3), axis=0)) > 20, top

    def picture(selector: str) -> np.ndarray:
        box = browser.run(f"""(() => {{
            const box = document.querySelector("{selector}").getBoundingClientRect();
            return [box.top + scrollY, box.left, box.height, box.width].map(Math.round);
        }})()""")
        top, left, height, width = box
        assert height > 100 and width > 100
        return shot[top : top + height, left : left + width].astype(int)

    shown = [
        picture(".explorer .pair img.input"), picture(".explorer .pair img.truth"),
        picture(".explorer [data-run='0'] .split div"), picture(".explorer [data-run='0'] .map canvas"),
        picture(".explorer [data-run='1'] .map canvas"),
    ]  # fmt: skip
    assert all(part.std() > 8 for part in shown)
    sides = np.min([part.shape[:2] for part in shown], 0)
    for i, one in enumerate(shown):
        for other in shown[:i]:
            assert np.abs(one[: sides[0], : sides[1]] - other[: sides[0], : sides[1]]).mean() > 3
    assert all(picture(f"#codebook [data-run='{run}'] .wall canvas").std() > 5 for run in (0, 1))
    assert browser.messages == []


def test_the_page_fits_a_telephone(page, browser):
    browser.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=True)
    browser.open(page)
    assert browser.run("document.documentElement.scrollWidth") <= 400
    assert browser.messages == []


def test_the_page_is_one_small_file_that_asks_for_nothing(page, runs, browser):
    for path, names in ((page, ["vq-seed1", "sgc-seed1"]), (runs / "report.html", ["vq", "sgc"])):
        assert path.stat().st_size < 2 << 20
        browser.open(path)
        requests = browser.run("performance.getEntriesByType('resource').map(entry => entry.name)")
        assert [name for name in requests if not name.startswith("data:")] == []
        assert browser.run(
            "[...document.querySelectorAll('.explorer .pair[data-run] b.name')].map(b => b.textContent)") == names
        uniqueness = browser.run(
            "[...document.querySelectorAll('.halves td:nth-child(4)')].map(cell => Number(cell.textContent))")
        metrics = [json.loads((runs / run / "metrics.json").read_text()) for run in ("vq-seed1", "sgc-seed1")]
        assert uniqueness == pytest.approx([run["uniqueness"]["0.5"] for run in metrics], abs=5.1e-4)
        assert browser.messages == []
    # The experiment's page has its table, too.
    table = browser.run("document.querySelector('main > section:last-of-type table').innerText")
    assert re.search(r"vq\s+1\s+[\d.]+", table) and "PSNR" in table
    # And so has each run its own page.
    browser.open(runs / "sgc-seed1" / "report.html")
    assert browser.run("document.querySelectorAll('.explorer .pair[data-run]').length") == 1
    assert field(browser, "class") and browser.messages == []


def test_what_is_wrong_is_said(runs, tmp_path):
    run = runs / "vq-seed1"
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "config.json").write_text((run / "config.json").read_text())
    for arguments, status, message in (
        ([tmp_path / "begun"], 1, "expected a finished run"),
        ([tmp_path / "none"], 1, "config.json"),
        ([run, run], 2, "different runs"),
        ([], 2, "run"),
    ):
        result = sgc("report", *arguments, "--out", tmp_path / "page.html")
        assert result.returncode == status and message in result.stderr, result.stderr
        assert not (tmp_path / "page.html").exists()
