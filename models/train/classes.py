# SPDX-License-Identifier: LGPL-2.1-or-later
"""The classes of the model `signal`, in the order of its outputs, and how a picture becomes the
network's input."""

import numpy as np

# What the scripts can render. Block corruption is rendered but not learned: it did not reach its
# recall, see the card.
KINDS = [
    "normal picture",
    "black",
    "solid colour",
    "colour bars",
    "test pattern",
    "snow (no signal)",
    "out of focus",
    "block corruption",
    "combed (interlaced)",
    "over-exposed",
    "under-exposed",
    "covered lens",
    "strong noise",
]
(NORMAL, BLACK, SOLID, BARS, PATTERN, SNOW, FOCUS,
 BLOCKS, COMBED, OVER, UNDER, COVERED, NOISE) = range(13)
LEFT_OUT = [BLOCKS]
LEARNED = [k for k in range(len(KINDS)) if k not in LEFT_OUT]
LABELS = [KINDS[k] for k in LEARNED]


def stretch(rgb, width, height, area=False):
    """Bilinear with half-pixel centres and no antialias, or the mean over each pixel's source;
    rounded to 8 bits."""
    import cv2

    how = cv2.INTER_AREA if area else cv2.INTER_LINEAR
    return cv2.resize(rgb, (width, height), interpolation=how)


def tiles(rgb, width, height, n):
    """A mosaic of n x n patches at native resolution, spread evenly over the picture."""
    src_h, src_w = rgb.shape[:2]
    if src_w < width or src_h < height:
        return stretch(rgb, width, height)
    tw, th = width // n, height // n
    out = np.empty((height, width, 3), np.uint8)
    for j in range(n):
        y0 = int(np.floor((j + 0.5) * src_h / n - th / 2 + 0.5))
        y0 = min(max(y0, 0), src_h - th)
        for i in range(n):
            x0 = int(np.floor((i + 0.5) * src_w / n - tw / 2 + 0.5))
            x0 = min(max(x0, 0), src_w - tw)
            out[j * th:(j + 1) * th, i * tw:(i + 1) * tw] = rgb[y0:y0 + th, x0:x0 + tw]
    return out


# name -> (width, height, tiles a side or how to stretch); all the ways compared for the card
RECIPES = {
    "stretch128": (128, 128, "bilinear"),
    "area128": (128, 128, "area"),
    "tiles2": (128, 128, 2),
    "tiles4": (128, 128, 4),
    "tiles8": (128, 128, 8),
}


def prepare(rgb, recipe):
    width, height, how = RECIPES[recipe]
    if isinstance(how, int):
        return tiles(rgb, width, height, how)
    return stretch(rgb, width, height, how == "area")
