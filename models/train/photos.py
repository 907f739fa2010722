# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fetches the Debian packages that the pictures come from and lists the pictures: see SOURCES.md
for the licences."""

import os
import re
import subprocess

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None

TRAIN = {
    "plasma-workspace-wallpapers": None,
    "gnome-backgrounds": None,
    "mate-backgrounds": None,
    "lxqt-themes": ("/wallpapers/", "screenshot"),
    "python3-skimage": ("/data/",),
    "opencv-doc": ("/examples/data/", "/examples/text/", "/html/"),
    "kstars-data": ("/HTML/en/",),
}
TEST = {
    "lomiri-wallpapers-16.04": None,
    "kphotoalbum": ("/demo/",),
    "tuxpaint-data": ("/templates/",),
}
# For the second test set, the judge: no training data is chosen by what comes out there.
JUDGE = {
    "gcompris-qt-data": ("/unpacked/explore_",),
    "palapeli-data": ("/collection/",),
    "lomiri-wallpapers-20.04": ("/Kleiber",),
    "gimp-help-en": (
        "/image-window-multi",
        "/multi-window",
        "/quickie-info-menu",
        "/quickie-mode-menu",
        "/quickie-rotate-menu",
        "/quickie-scale-menu",
        "/single-window.",
        "/truck-tone-mapped",
    ),
}
# Pictures that are themselves in doubt (flat or blurred drawings, noise, tables of patterns): not
# used as a base.
SKIP = """
    gravel grass phantom hubble chessboard calib left0 right0 pattern lines digits umang
    analogpattern GT.png microaneurysms logo random checker blurred singlemarkerssource color.png
    cell.png retina HappyFish Picture_1A reef disparity saliency pic1 pic2 MATE-Stripes Ubuntu-Mate
    Gulp Silk Spring Waves Flow.png Tears fourier dualCircles noise motion gabor deconv wiener
    out_of_focus chess morph noisy sharp Smooth fog.jpg Kokkini contents/screenshot html/match
    _Scheme lunar Hough eigen fisher hough corrupt symbolic adwaita qt-logo
""".split()


def fetch(packages, root):
    for name in packages:
        target = os.path.join(root, name)
        if os.path.isdir(target):
            continue
        debs = os.path.join(root, "debs")
        os.makedirs(debs, exist_ok=True)
        subprocess.run(
            ["apt-get", "-q", "download", name], cwd=debs, check=True, stdout=subprocess.DEVNULL
        )
        deb = [f for f in sorted(os.listdir(debs)) if f.startswith(name + "_")][-1]
        subprocess.run(["dpkg-deb", "-x", os.path.join(debs, deb), target], check=True)
    for name in packages:
        unpack(os.path.join(root, name))


def unpack(folder):
    """Writes the photographs that Qt resource files hold, each after its size, to unpacked/."""
    inside = os.path.join(folder, "usr/share/gcompris-qt/rcc")
    target = os.path.join(folder, "unpacked")
    if not os.path.isdir(inside) or os.path.isdir(target):
        return
    os.makedirs(target + ".part", exist_ok=True)
    for base in sorted(os.listdir(inside)):
        if not base.startswith("explore_"):
            continue
        with open(os.path.join(inside, base), "rb") as f:
            data = f.read()
        for n, m in enumerate(re.finditer(rb"RIFF....WEBP", data, re.DOTALL)):
            size = int.from_bytes(data[m.start() - 4 : m.start()], "big")
            name = f"{base[:-4]}-{n:02d}.webp"
            with open(os.path.join(target + ".part", name), "wb") as f:
                f.write(data[m.start() : m.start() + size])
    os.rename(target + ".part", target)


def files(packages, root):
    found = []
    for name, parts in packages.items():
        for folder, _, names in os.walk(os.path.join(root, name)):
            for base in names:
                path = os.path.join(folder, base)
                if not base.lower().endswith((".jpg", ".jpeg", ".png", ".webp")):
                    continue
                if os.path.getsize(path) < (20000 if "/unpacked/" in path else 50000):
                    continue
                inside = path[len(root) :]
                if parts and not any(p in inside for p in parts):
                    continue
                if any(s.lower() in inside.lower() for s in SKIP):
                    continue
                found.append(path)
    # Plasma ships each wallpaper in a dozen sizes: the largest file of a folder will do.
    best = {}
    for path in found:
        folder = os.path.dirname(path)
        key = folder if "/wallpapers/" in path and "contents" in path else path
        if key not in best or os.path.getsize(path) > os.path.getsize(best[key]):
            best[key] = path
    return sorted(best.values())


def load(path, limit=2600):
    image = Image.open(path)
    if image.mode in ("RGBA", "LA", "P"):
        image = image.convert("RGBA")
        flat = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(flat, image)
    image = image.convert("RGB")
    if min(image.size) < 250:
        return None
    if image.size[0] > limit:
        image = image.resize((limit, image.size[1] * limit // image.size[0]), Image.LANCZOS)
    return np.asarray(image)


def detail(rgb, n=4, tile=32):
    """How many of n x n small patches at native resolution hold a sharp edge."""
    h, w = rgb.shape[:2]
    count = 0
    for j in range(n):
        for i in range(n):
            y = min(max(int((j + 0.5) * h / n) - tile // 2, 0), h - tile)
            x = min(max(int((i + 0.5) * w / n) - tile // 2, 0), w - tile)
            patch = rgb[y : y + tile, x : x + tile, 1].astype(np.int16)
            step = max(np.abs(np.diff(patch, axis=0)).max(), np.abs(np.diff(patch, axis=1)).max())
            count += step >= 12
    return count
