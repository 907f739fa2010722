# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the test set is made of: FFmpeg's filters for photographs and clips, FFmpeg's and
GStreamer's own sources. Tables only; make_test.py runs them."""

import zlib

import classes as C

SIZES = {"360p": (640, 360), "1080p": (1920, 1080)}
YUV = "format=yuv420p"
FOCUS = {
    "360p": [
        YUV + ",boxblur=8:2",
        YUV + ",gblur=sigma=5",
        YUV + ",avgblur=sizeX=8",
        YUV + ",boxblur=10:1",
        YUV + ",gblur=sigma=8",
    ],
    "1080p": [
        YUV + ",boxblur=10:2",
        YUV + ",gblur=sigma=9",
        YUV + ",avgblur=sizeX=14",
        YUV + ",boxblur=8:2",
        YUV + ",gblur=sigma=14",
    ],
}
# normal pictures through an encoder: options, pixel format
INTRA = [("libx264 -crf 27 -preset fast".split(), "yuv420p"), ("mjpeg -q:v 5".split(), "yuvj420p")]
COMB = [
    "tinterlace=interleave_top",
    "tinterlace=interleave_bottom",
    "interlace=scan=tff:lowpass=off",
]
NOISE = [
    YUV + ",noise=alls=40:allf=t",
    YUV + ",noise=alls=80:allf=t+u",
    YUV + ",noise=c0s=45:c0f=t",
    "format=gbrp,noise=alls=50:allf=t",
    YUV + ",noise=alls=60:allf=t",
]
OVER = [
    YUV + ",lutyuv=y='clip(val*2.4,16,235)'",
    YUV + ",lutyuv=y='clip(val+120,16,235)'",
    "format=gbrpf32,exposure=exposure=2",
    YUV + ",eq=brightness=0.55",
    YUV + ",lutyuv=y='clip(val*1.6+70,0,255)'",
]
UNDER = [
    YUV + ",lutyuv=y='(val-16)*0.15+16'",
    YUV + ",eq=brightness=-0.5:contrast=0.7",
    "format=gbrpf32,exposure=exposure=-3",
    "curves=all='0/0 1/0.16'",
    YUV + ",lutyuv=y='16+(val-16)*0.22':u='128+(val-128)*0.4':v='128+(val-128)*0.4'",
]
FINGER = "if(lt(hypot((X/W-.5)*1.1\\,Y/H-.5)\\,.5)\\,%d\\,%s(X\\,Y))"
COVERED = [
    YUV + ",drawbox=x=iw*0.1:y=ih*0.1:w=iw*0.8:h=ih*0.8:color=black:t=fill",
    YUV + ",drawbox=x=0:y=0:w=iw*0.85:h=ih:color=0x302018:t=fill",
    YUV + ",drawbox=x=iw*0.15:y=0:w=iw*0.7:h=ih:color=gray:t=fill",
    YUV + ",drawbox=x=0:y=ih*0.2:w=iw:h=ih*0.8:color=0x101010:t=fill,noise=alls=4:allf=t",
    YUV + ",drawbox=x=iw*0.2:y=ih*0.1:w=iw*0.8:h=ih*0.9:color=0x6b4a3a:t=fill",
    "format=gbrp,geq="
    + ":".join(f"{c}='{FINGER % (v, c)}'" for c, v in (("r", 30), ("g", 22), ("b", 20))),
]
CLIP_FILTERS = [
    ("boxblur", C.FOCUS, ["boxblur=8:2", "boxblur=10:1"]),
    ("noise", C.NOISE, ["noise=alls=40:allf=t", "noise=alls=60:allf=t+u"]),
    ("dark", C.UNDER, ["lutyuv=y='(val-16)*0.15+16'", "lutyuv=y='val*0.25'"]),
    ("bright", C.OVER, ["lutyuv=y='clip(val*2.2,16,235)'", "lutyuv=y='clip(val+130,16,235)'"]),
    (
        "drawbox",
        C.COVERED,
        [
            "drawbox=x=iw*0.1:y=ih*0.1:w=iw*0.8:h=ih*0.8:color=black:t=fill",
            "drawbox=x=0:y=0:w=iw*0.8:h=ih:color=0x302018:t=fill",
        ],
    ),
]
# GStreamer's videotestsrc: pattern and its properties
VIDEOTESTSRC = {
    "smpte": C.BARS,
    "smpte75": C.BARS,
    "smpte100": C.BARS,
    "black": C.BLACK,
    "snow": C.SNOW,
    "blue": C.SOLID,
    "checkers-8": C.PATTERN,
    "circular": C.PATTERN,
    "zone-plate": C.SOLID,  # its defaults give one flat grey
    "zone-plate kx2=20 ky2=20 kt=1": C.PATTERN,
    "zone-plate kx2=3 ky2=3": C.PATTERN,
}


def pick(key, options):
    """The same choice at every run."""
    return options[zlib.crc32(key.encode()) % len(options)]


def photo_filters(size, key):
    """Class -> two filter chains, chosen by the key; now and then twice the same."""

    def two(letter, chains):
        return [pick(key + letter, chains), pick(key + letter + "again", chains)]

    return {
        C.NORMAL: ["null", YUV + ",null"],
        C.FOCUS: two("f", FOCUS[size]),
        C.NOISE: two("n", NOISE),
        C.OVER: two("o", OVER),
        C.UNDER: two("u", UNDER),
        C.COVERED: two("c", COVERED),
    }


def bars(s):
    more = [
        "null",
        YUV,
        YUV + ",noise=alls=4:allf=t",
        YUV + ",lutyuv=y='16+(val-16)*0.8'",
        YUV + ",hue=s=0.8",
        YUV + ",boxblur=1:1",
    ]
    names = ("smptebars", "smptehdbars", "pal75bars", "pal100bars")
    return [(f"{name}={s}", m) for name in names for m in more]


def cards(s):
    """FFmpeg's own test cards."""
    out = []
    for t in (0, 3, 11):
        out.append((f"testsrc={s}", f"trim=start={t},null"))
        out.append((f"testsrc2={s}", f"trim=start={t},{YUV}"))
    return out + [(f"yuvtestsrc={s}", YUV), (f"colorspectrum={s}", "null")]


def grids(s, h):
    out = []
    for n in (h // 24, h // 12, h // 8):
        out.append((f"color=black:{s}", f"drawgrid=w={n}:h={n}:t={max(2, h // 240)}:c=white"))
        out.append((f"color=gray:{s}", f"drawgrid=w={n}:h={n}:t={max(1, h // 360)}:c=yellow"))
    return out


def formulas(s, levels):
    return [(f"color=white:{s}", f"format=gray,geq=lum='{level}'") for level in levels]


def patterns(s, w, h):
    zone = "128+110*cos(%.7f*((X-W/2)*(X-W/2)+(Y-H/2)*(Y-H/2)))"
    zones = [zone % (k * 3.1416 / w) for k in (0.25, 0.7, 1.4, 2.2)]
    checks = [f"if(mod(floor(X/{n})+floor(Y/{n})\\,2)\\,235\\,16)" for n in (2, 5, 12, 30, h // 9)]
    waves = []
    for p in (h / 60, h / 25, h / 9):
        waves.append(f"128+110*sin(hypot(X-W/2\\,Y-H/2)*6.283/{p})")
        waves.append(f"128+110*sin(X*6.283/{p})")
    ramps = ["X/W*255", "Y/H*255", "255-X/W*255", "(X+Y)/(W+H)*255"]
    steps = ["floor(X/W*8)*36", "floor(X/W*11)*25"]
    return cards(s) + formulas(s, zones + checks) + grids(s, h) + formulas(s, waves + ramps + steps)


def solids(s):
    names = "blue red green white gray 0x404080 yellow magenta cyan orange navy 0x808000 pink teal"
    return [
        (f"color={c}:{s}", more)
        for c in names.split()
        for more in (YUV, YUV + ",noise=alls=3:allf=t")
    ]


def blacks(s):
    more = [
        "null",
        YUV,
        YUV + ",noise=alls=2:allf=t",
        YUV + ",lutyuv=y=20",
        "lutrgb=r=6:g=6:b=8",
        YUV + ",noise=alls=3:allf=t",
        YUV + ",lutyuv=y=16:u=130:v=127",
        "lutrgb=r=0:g=0:b=0",
        "lutrgb=r=10:g=10:b=10",
        YUV + ",lutyuv=y=18,noise=c0s=2:c0f=t",
        "format=gbrp,noise=alls=3:allf=t",
        "lutrgb=r=3:g=2:b=2",
    ]
    return [(f"color=black:{s}", m) for m in more]


def snows(s, w, h):
    out = []
    for k in range(4):
        gray = f"format=gray,geq=lum='random({k})"
        some = f"format=gray,geq=lum='if(gt(random({k})\\,.6)\\,235\\,16)'"
        rgb = f"r='random({k})*255':g='random({k + 1})*255':b='random({k + 2})*255'"
        out += [
            (f"color=gray:{s}", f"noise=alls=100:allf=t+u:all_seed={k + 5},eq=contrast=2.2"),
            (f"nullsrc={s}", f"{gray}*255'"),
            (f"nullsrc=s={w // 2}x{h // 2}", f"{gray}*235',scale={w}:{h}:flags=bilinear"),
            (f"nullsrc={s}", f"{some},boxblur=lr=1:lp=1,{YUV}"),
            (f"nullsrc={s}", f"format=gbrp,geq={rgb}"),
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
