"""Writes the image files of this folder and the pixels that they must decode to.

Made with Python 3.11, Pillow 13.0.0 (libjpeg-turbo 3.2.0), NumPy 2.4.6:  python make_images.py
Every `NAME.rgb` is [H, W, 3] uint8 as Pillow's convert("RGB") gives it, except for 16-bit files, whose samples are
round(v / 257) (Pillow clips or truncates those). Every `NAME.ids` is [H, W] little-endian uint16, the stored numbers.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT = 21, 13


def picture(width=WIDTH, height=HEIGHT):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 127 + 120 * np.sin(0.31 * x + 0.17 * y)
    green = 127 + 120 * np.cos(0.23 * x - 0.41 * y)
    blue = 255 * x / max(1, width - 1)
    return np.stack([red, green, blue], axis=-1).round().astype(np.uint8)


def save_pixels(name, array):
    (HERE / f"{name}.rgb").write_bytes(np.ascontiguousarray(array, dtype=np.uint8).tobytes())


def save_ids(name, array):
    (HERE / f"{name}.ids").write_bytes(np.ascontiguousarray(array, dtype="<u2").tobytes())


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(path, samples, depth, color, interlaced=False, extra=b""):
    """A PNG by hand. samples: [H, W, C] integers."""
    height, width = samples.shape[:2]

    def rows(part):
        out = b""
        for row in part:
            values = row.reshape(-1)
            if depth == 16:
                data = values.astype(">u2").tobytes()
            elif depth == 8:
                data = values.astype(np.uint8).tobytes()
            else:
                bits = "".join(format(int(v), f"0{depth}b") for v in values)
                bits += "0" * (-len(bits) % 8)
                data = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
            out += b"\0" + data
        return out

    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        parts = [samples[y::dy, x::dx] for y, x, dy, dx in passes]
        raw = b"".join(rows(part) for part in parts if part.size)
    else:
        raw = rows(samples)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
    path.write_bytes(content + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def as_pillow_sees(name):
    save_pixels(name, np.asarray(Image.open(HERE / f"{name}.png").convert("RGB")))


def make_png():
    rgb = picture()
    grey = rgb[..., :1]
    alpha = np.concatenate([rgb, 255 - grey], axis=-1)
    wide = rgb.astype(np.uint16) * 257 + np.arange(WIDTH, dtype=np.uint16)[None, :, None] * 11
    wide = np.where(wide < rgb.astype(np.uint16) * 257, 65535, wide)
    Image.fromarray(rgb).save(HERE / "rgb8.png")
    as_pillow_sees("rgb8")
    png(HERE / "rgb8-interlaced.png", rgb, 8, 2, interlaced=True)
    as_pillow_sees("rgb8-interlaced")
    png(HERE / "rgba8.png", alpha, 8, 6)
    as_pillow_sees("rgba8")
    png(HERE / "grey-alpha8.png", alpha[..., 2:], 8, 4)
    as_pillow_sees("grey-alpha8")
    png(HERE / "grey8.png", grey, 8, 0)
    as_pillow_sees("grey8")
    save_ids("grey8", grey)
    png(HERE / "grey2.png", grey // 64, 2, 0)
    as_pillow_sees("grey2")
    save_ids("grey2", grey // 64)
    png(HERE / "rgb16.png", wide, 16, 2)
    save_pixels("rgb16", np.rint(wide / 257))
    # gAMA and sRGB must change nothing.
    color = chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"sRGB", b"\0")
    png(HERE / "grey16.png", wide[..., :1], 16, 0, extra=color)
    save_pixels("grey16", np.repeat(np.rint(wide[..., :1] / 257), 3, axis=-1))
    save_ids("grey16", wide[..., :1])

    # A palette with a repeated color and with transparency: indices must not be merged or reordered.
    colors = np.array([[200, 10, 10], [0, 0, 0], [10, 200, 10], [0, 0, 0], [9, 8, 250], [255, 255, 255], [1, 2, 3]])
    indices = ((np.mgrid[0:HEIGHT, 0:WIDTH].sum(axis=0) * 5) % len(colors))[..., None]
    extra = chunk(b"PLTE", colors.astype(np.uint8).tobytes()) + chunk(b"tRNS", bytes([0, 128, 255]))
    for depth in (4, 8):
        png(HERE / f"palette{depth}.png", indices, depth, 3, interlaced=depth == 4, extra=extra)
        as_pillow_sees(f"palette{depth}")
        save_ids(f"palette{depth}", indices)


def make_jpeg():
    image = Image.fromarray(picture(37, 29))
    turned = Image.Exif()
    turned[0x0112] = 6
    image.save(HERE / "baseline.jpg", quality=85, subsampling=2)
    image.save(HERE / "oriented.jpg", quality=85, subsampling=0, exif=turned)
    image.save(HERE / "progressive.jpg", quality=70, progressive=True, subsampling=1)
    image.convert("L").save(HERE / "grey.jpg", quality=80)
    image.convert("CMYK").save(HERE / "cmyk.jpg", quality=50)
    for name in ("baseline", "oriented", "progressive", "grey"):
        save_pixels(name, np.asarray(Image.open(HERE / f"{name}.jpg").convert("RGB")))


def make_pnm():
    rgb = picture(7, 5)
    ppm = b"P6 # made by hand\n# size\n7 5\n200\n" + np.minimum(rgb, 200).tobytes()
    (HERE / "max200.ppm").write_bytes(ppm)
    save_pixels("max200", np.asarray(Image.open(HERE / "max200.ppm").convert("RGB")))


def make_resized():
    image = Image.open(HERE / "rgb8.png").convert("RGB")
    for width, height in ((8, 5), (40, 31), (21, 4)):
        save_pixels(f"resized-{width}x{height}", np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)))
    labels = Image.fromarray(np.arange(WIDTH * HEIGHT, dtype=np.int32).reshape(HEIGHT, WIDTH))
    for width, height in ((8, 5), (40, 31)):
        save_ids(f"nearest-{width}x{height}", np.asarray(labels.resize((width, height), Image.Resampling.NEAREST)))


if __name__ == "__main__":
    make_png()
    make_jpeg()
    make_pnm()
    make_resized()
