# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the judge is made of, the second test set: other FFmpeg filters, other strengths and other
sources than test_sources.py has. Tables only; make_test.py runs them.

Nothing here was chosen by what a network says to it, and no training data may be.
"""

import classes as C
from test_sources import SIZES, YUV, cards, formulas, pick

INTRA = [
    ("libx264 -crf 31 -preset veryfast".split(), "yuv420p"),
    ("mpeg2video -q:v 5".split(), "yuv420p"),
]
COMB = [
    "tinterlace=interleave_top:flags=low_pass_filter+bypass_il",
    "interlace=scan=bff:lowpass=off",
    "tinterlace=merge,crop=iw:ih/2:0:ih/4",
]
# a lens far out: the picture as small as a stamp and back
STAMP = ",scale=iw/%d:ih/%d:flags=area,scale=%d:%d:flags=bicubic"
FOCUS = {
    "360p": [
        YUV + ",gblur=sigma=6:steps=2",
        YUV + ",boxblur=6:3",
        YUV + ",avgblur=sizeX=10:sizeY=8",
        YUV + STAMP % (14, 14, 640, 360),
        "format=gbrp,gblur=sigma=7",
    ],
    "1080p": [
        YUV + ",gblur=sigma=11:steps=2",
        YUV + ",boxblur=12:3",
        YUV + ",avgblur=sizeX=18:sizeY=15",
        YUV + STAMP % (30, 30, 1920, 1080),
        "format=gbrp,gblur=sigma=12",
    ],
}
NOISE = [
    YUV + ",noise=alls=50:allf=t",
    YUV + ",noise=alls=65:allf=u",
    YUV + ",noise=c0s=55:c0f=t:c1s=20:c1f=t:c2s=20:c2f=t",
    "format=gbrp,noise=alls=42:allf=t",
    YUV + ",noise=c0s=75:c0f=t+u",
]
OVER = [
    YUV + ",lutyuv=y='clip(val*2.7,16,235)'",
    YUV + ",lutyuv=y='clip(val+140,16,235)'",
    "colorlevels=rimax=0.36:gimax=0.36:bimax=0.36",
    "curves=all='0/0.4 0.4/1 1/1'",
    YUV + ",eq=brightness=0.45:contrast=1.4",
]
UNDER = [
    YUV + ",lutyuv=y='(val-16)*0.18+16'",
    "lutrgb=r='val*0.13':g='val*0.13':b='val*0.13'",
    "colorlevels=romax=0.16:gomax=0.16:bomax=0.16",
    "format=gbrpf32,exposure=exposure=-2.7",
    YUV + ",eq=gamma=0.3:brightness=-0.2:contrast=0.6",
]
BOX = "drawbox=x=iw*%g:y=ih*%g:w=iw*%g:h=ih*%g:color=%s:t=fill"
THUMB = "if(gt(hypot(X/W-.45\\,(Y/H-1)*.9)\\,.72)\\,%s(X\\,Y)\\,%d)"
COVERED = [
    YUV + "," + BOX % (0.06, 0.1, 0.86, 0.84, "0x14141c"),
    YUV + "," + BOX % (0, 0, 1, 0.82, "0x50403a"),
    YUV + "," + BOX % (0.13, 0, 0.87, 1, "0x28402a"),
    YUV + "," + BOX % (0.1, 0.1, 0.9, 0.9, "0x707070") + ",noise=alls=6:allf=t",
    YUV + "," + BOX % (0, 0.15, 0.9, 0.85, "0x201408") + ",gblur=sigma=2",
    "format=gbrp,geq=" + ":".join(f"{c}='{THUMB % (c, v)}'" for c, v in zip("rgb", (44, 28, 24))),
]


def photo_filters(size, key):
    """Class -> filter chains, chosen by the key; now and then twice the same."""

    def two(letter, chains):
        return [pick(key + letter + "judge", chains), pick(key + letter + "judged", chains)]

    return {
        C.NORMAL: ["null", "format=yuv444p,null"],
        C.FOCUS: two("f", FOCUS[size]),
        C.NOISE: two("n", NOISE),
        C.OVER: two("o", OVER),
        C.UNDER: two("u", UNDER),
        C.COVERED: two("c", COVERED),
    }


def bars(s):
    more = [
        YUV + ",eq=contrast=0.85",
        YUV + ",noise=alls=7:allf=t",
        "hue=s=0.65",
        YUV + ",lutyuv=y='clip(val*1.1,16,235)'",
        "hflip",
    ]
    names = ("smptebars", "smptehdbars", "pal75bars", "pal100bars")
    return [(f"{name}={s}", m) for name in names for m in more]


def patterns(s, w, h):
    out = [(source, f"trim=start={k},{YUV}") for k, (source, _) in enumerate(cards(s), 5)]
    zone = "128+105*cos(%.7f*((X-W*.4)*(X-W*.4)+(Y-H*.6)*(Y-H*.6)))"
    levels = [zone % (k * 3.1416 / w) for k in (0.4, 1.0, 1.8)]
    for n in (3, 8, 20, h // 14):
        levels.append(f"if(mod(floor(X/{n})+floor(Y/{n})\\,2)\\,200\\,40)")
    for p in (h / 50, h / 20, h / 12):
        levels.append(f"if(gt(sin(hypot(X-W/2\\,Y-H/2)*6.283/{p})\\,0)\\,220\\,30)")
        levels.append(f"128+100*sin((X+Y)*6.283/{p})")
    levels += ["Y/H*220+16", "235-X/W*219", "floor(X/W*10)*25", "floor(Y/H*7)*36"]
    out += formulas(s, levels)
    for n in (h // 20, h // 10):
        out.append((f"color=navy:{s}", f"drawgrid=w={n}:h={n}:t={max(2, h // 300)}:c=white"))
    return out


def solids(s):
    names = "0x3060a0 0xa03020 0x209040 silver 0xe0e0e0 0x606060 violet 0xc8a060 turquoise brown"
    return [
        (f"color={c}:{s}", more)
        for c in names.split()
        for more in ("null", YUV + ",noise=alls=5:allf=t+u")
    ]


def blacks(s):
    more = [
        YUV + ",lutyuv=y=17",
        YUV + ",noise=alls=4:allf=t+u",
        "lutrgb=r=4:g=4:b=5",
        "lutrgb=r=8:g=7:b=7",
        YUV + ",lutyuv=y=19:u=127:v=129",
        "format=gray,lut=c0=2",
        YUV + ",lutyuv=y=16,noise=c0s=3:c0f=t",
        "format=gbrp,noise=alls=2:allf=t",
        YUV + ",lutyuv=y=21",
        "lutrgb=r=0:g=0:b=0,format=yuv444p",
    ]
    return [(f"color=black:{s}", m) for m in more]


def snows(s, w, h):
    out = []
    for k in range(6, 11):
        lum = f"format=gray,geq=lum='random({k})"
        pairs = f"format=gray,geq=lum='if(gt(random({k})\\,.5)\\,210\\,25)'"
        out += [
            (f"nullsrc={s}", f"{lum}*200+28'"),
            (f"nullsrc=s={w // 2}x{h}", f"{lum}*245',scale={w}:{h}:flags=neighbor"),
            (f"nullsrc={s}", pairs + "," + YUV),
            (f"color=gray:{s}", f"noise=alls=100:allf=t:all_seed={k},eq=contrast=1.9"),
        ]
    return out


def sources(size):
    """(label, lavfi source, more filters)"""
    w, h = SIZES[size]
    s = f"s={w}x{h}"
    groups = [
        (C.BARS, bars(s)),
        (C.PATTERN, patterns(s, w, h)),
        (C.SOLID, solids(s)),
        (C.BLACK, blacks(s)),
        (C.SNOW, snows(s, w, h)),
    ]
    return [(label, source, more) for label, found in groups for source, more in found]
