# SPDX-License-Identifier: LGPL-2.1-or-later
"""Renders the test set with FFmpeg's own sources, filters and encoders, from photographs that training never saw.

Shares nothing with faults.py. Writes lossless PNG files and list.tsv (group, label, file). The groups: 360p and 1080p
are the held-out set; clips-* are frames of two real clips, plain and through FFmpeg's filters (only where
--clips points at them); videotestsrc-* are GStreamer's patterns.
"""

import argparse
import multiprocessing
import os
import subprocess
import zlib

import cv2
import numpy as np

import classes as C
import photos as P

SIZES = {"360p": (640, 360), "1080p": (1920, 1080)}
PNG = ["-frames:v", "1", "-update", "1", "-compression_level", "1", "-pix_fmt", "rgb24", "-y"]
QUIET = ["ffmpeg", "-v", "error", "-threads", "1", "-nostdin"]


def run(arguments, **more):
    return subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more).returncode


def pick(key, options):
    """The same choice at every run."""
    return options[zlib.crc32(key.encode()) % len(options)]


def photo_filters(size, key):
    big = size == "1080p"
    yuv = "format=yuv420p,"
    focus = ([yuv + "boxblur=10:2", yuv + "gblur=sigma=9", yuv + "avgblur=sizeX=14", yuv + "boxblur=8:2", yuv + "gblur=sigma=14"]
             if big else [yuv + "boxblur=8:2", yuv + "gblur=sigma=5", yuv + "avgblur=sizeX=8", yuv + "boxblur=10:1", yuv + "gblur=sigma=8"])
    noise = [yuv + "noise=alls=40:allf=t", yuv + "noise=alls=80:allf=t+u", yuv + "noise=c0s=45:c0f=t", "format=gbrp,noise=alls=50:allf=t",
             yuv + "noise=alls=60:allf=t"]
    over = [yuv + "lutyuv=y='clip(val*2.4,16,235)'", yuv + "lutyuv=y='clip(val+120,16,235)'", "format=gbrpf32,exposure=exposure=2",
            yuv + "eq=brightness=0.55", yuv + "lutyuv=y='clip(val*1.6+70,0,255)'"]
    under = [yuv + "lutyuv=y='(val-16)*0.15+16'", yuv + "eq=brightness=-0.5:contrast=0.7", "format=gbrpf32,exposure=exposure=-3",
             "curves=all='0/0 1/0.16'", yuv + "lutyuv=y='16+(val-16)*0.22':u='128+(val-128)*0.4':v='128+(val-128)*0.4'"]
    cover = [yuv + "drawbox=x=iw*0.1:y=ih*0.1:w=iw*0.8:h=ih*0.8:color=black:t=fill",
             yuv + "drawbox=x=0:y=0:w=iw*0.85:h=ih:color=0x302018:t=fill",
             yuv + "drawbox=x=iw*0.15:y=0:w=iw*0.7:h=ih:color=gray:t=fill",
             yuv + "drawbox=x=0:y=ih*0.2:w=iw:h=ih*0.8:color=0x101010:t=fill,noise=alls=4:allf=t",
             yuv + "drawbox=x=iw*0.2:y=ih*0.1:w=iw*0.8:h=ih*0.9:color=0x6b4a3a:t=fill",
             "format=gbrp,geq=r='if(lt(hypot((X/W-.5)*1.1\\,Y/H-.5)\\,.5)\\,30\\,r(X\\,Y))':"
             "g='if(lt(hypot((X/W-.5)*1.1\\,Y/H-.5)\\,.5)\\,22\\,g(X\\,Y))':b='if(lt(hypot((X/W-.5)*1.1\\,Y/H-.5)\\,.5)\\,20\\,b(X\\,Y))'"]
    two = lambda name, o: [pick(key + name, o), pick(key + name + "again", o)]
    return {C.NORMAL: ["null", yuv + "null"], C.FOCUS: two("f", focus), C.NOISE: two("n", noise), C.OVER: two("o", over),
            C.UNDER: two("u", under), C.COVERED: two("c", cover)}


def fit(size):
    w, h = SIZES[size]
    return f"scale={w}:{h}:force_original_aspect_ratio=increase:flags=bicubic,crop={w}:{h}"


def valid(label, path):
    """Is the fault there at all? A dark picture times two is not over-exposed, a picture gone to nothing not dark."""
    x = cv2.imread(path)
    if x is None:
        return False
    g = cv2.cvtColor(x, cv2.COLOR_BGR2GRAY)
    if label == C.OVER:
        return g.mean() > 185 and (g >= 248).mean() > .15
    if label == C.UNDER:
        return 2.5 < g.mean() < 50 and g.std() > 2 and np.percentile(g, 99.5) < 130 and x.max(2).mean() < 70
    if label == C.FOCUS:
        return g.std() > 6
    return True


def differs(good, bad):
    """The part of 16 x 16 blocks in which two pictures differ visibly."""
    if good.shape != bad.shape:
        return 0.0
    d = cv2.resize(cv2.absdiff(good, bad).max(2), (good.shape[1] // 16, good.shape[0] // 16), interpolation=cv2.INTER_AREA)
    return (d > 14).mean()


def raw_frames(path, size):
    w, h = SIZES[size]
    raw = subprocess.run(QUIET + ["-flags", "output_corrupt", "-i", path, "-pix_fmt", "rgb24", "-vsync", "0", "-f", "rawvideo", "-"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    n = len(raw) // (w * h * 3)
    return list(np.frombuffer(raw, np.uint8, n * w * h * 3).reshape(n, h, w, 3))


def one_photo(job):
    path, out, size = job
    name = os.path.splitext(os.path.basename(path))[0]
    rows = []

    def add(label, file):
        if os.path.exists(file) and valid(label, file):
            rows.append((size, label, file))
        elif os.path.exists(file):
            os.remove(file)

    def target(label, k):
        folder = os.path.join(out, size, C.KINDS[label].split(" (")[0].replace(" ", "-"))
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, f"{name}-{k}.png")

    base = os.path.join(out, f"base-{size}-{name}.png")
    if os.path.exists(target(C.COMBED, 0)) and not os.path.exists(base):  # a run that was stopped goes on from here
        return rows
    if run(QUIET + ["-i", path, "-vf", fit(size)] + PNG + [base]):
        return rows
    if P.detail(cv2.imread(base)) < 3:  # nothing sharp in it to begin with
        os.remove(base)
        return rows
    command, made = QUIET + ["-i", base], []
    for label, chains in photo_filters(size, name + size).items():
        for k, chain in enumerate(dict.fromkeys(chains)):
            file = target(label, k)
            command += ["-vf", chain] + PNG + [file]
            made.append((label, file))
    run(command)
    for label, file in made:
        add(label, file)
    # through encoders: x264 and MJPEG for normal, and a moving clip for the stream faults and for combing
    tmp = base[:-4]
    for k, codec in ((2, ["libx264", "-crf", "27", "-preset", "fast"]), (3, ["mjpeg", "-q:v", "5"])):
        run(QUIET + ["-i", base, "-pix_fmt", "yuvj420p" if codec[0] == "mjpeg" else "yuv420p", "-c:v"] + codec + ["-y", tmp + ".mkv"])
        run(QUIET + ["-i", tmp + ".mkv"] + PNG + [target(C.NORMAL, k)])
        add(C.NORMAL, target(C.NORMAL, k))
    speed = pick(name + "speed", ["0.012", "0.02", "-0.016", "0.03"])
    still = "loop=loop=12:size=1,setpts=N/25/TB,"
    comb = pick(name + "comb", ["tinterlace=interleave_top", "tinterlace=interleave_bottom", "interlace=scan=tff:lowpass=off"])
    run(QUIET + ["-i", base, "-vf", still + f"scroll=h={speed},format=yuv420p,{comb},select=gte(n\\,2)"] + PNG + [target(C.COMBED, 0)])
    add(C.COMBED, target(C.COMBED, 0))
    codec, amount = pick(name + size + "codec", [(["mpeg2video", "-q:v", "4"], (3000, 900, 300)),
                                                 (["libx264", "-crf", "24", "-preset", "fast"], (2500, 700, 200)),
                                                 (["mpeg4", "-q:v", "4"], (3000, 900, 300))])
    ext = ".h264" if codec[0] == "libx264" else ".m2v" if codec[0] == "mpeg2video" else ".m4v"
    run(QUIET + ["-i", base, "-vf", still + f"scroll=h={float(speed) / 4},format=yuv420p", "-frames:v", "8", "-g", "10", "-c:v"] + codec +
        ["-y", tmp + ext])
    goods = raw_frames(tmp + ext, size)
    for a in amount:
        run(QUIET + ["-i", tmp + ext, "-c", "copy", "-bsf:v", f"noise=amount={a}", "-y", tmp + "-bad" + ext])
        # against every good frame, as a lost frame alone is no block corruption
        bad = [b for b in raw_frames(tmp + "-bad" + ext, size)[:1:-1] if min(differs(g, b) for g in goods) > .15]
        if bad:
            file = target(C.BLOCKS, 0)
            cv2.imwrite(file, cv2.cvtColor(bad[0], cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1])
            add(C.BLOCKS, file)
            break
    for f in (base, tmp + ".mkv", tmp + ext, tmp + "-bad" + ext):
        if os.path.exists(f):
            os.remove(f)
    return rows


def sources(size):
    """(label, lavfi source, more filters)"""
    w, h = SIZES[size]
    s = f"s={w}x{h}"
    q = "format=yuv420p"
    out = []
    for name in ("smptebars", "smptehdbars", "pal75bars", "pal100bars"):
        for more in ("null", q, q + ",noise=alls=4:allf=t", q + ",lutyuv=y='16+(val-16)*0.8'", q + ",hue=s=0.8", q + ",boxblur=1:1"):
            out.append((C.BARS, f"{name}={s}", more))
    for t in (0, 3, 11):
        out += [(C.PATTERN, f"testsrc={s}", f"trim=start={t},null"), (C.PATTERN, f"testsrc2={s}", f"trim=start={t},{q}")]
    out += [(C.PATTERN, f"yuvtestsrc={s}", q), (C.PATTERN, f"colorspectrum={s}", "null")]
    for k in (.25, .7, 1.4, 2.2):
        out.append((C.PATTERN, f"color=white:{s}", f"format=gray,geq=lum='128+110*cos({k * 3.1416 / w:.7f}*((X-W/2)*(X-W/2)+(Y-H/2)*(Y-H/2)))'"))
    for n in (2, 5, 12, 30, h // 9):
        out.append((C.PATTERN, f"color=white:{s}", f"format=gray,geq=lum='if(mod(floor(X/{n})+floor(Y/{n})\\,2)\\,235\\,16)'"))
    for n in (h // 24, h // 12, h // 8):
        out += [(C.PATTERN, f"color=black:{s}", f"drawgrid=w={n}:h={n}:t={max(2, h // 240)}:c=white"),
                (C.PATTERN, f"color=gray:{s}", f"drawgrid=w={n}:h={n}:t={max(1, h // 360)}:c=yellow")]
    for p in (h / 60, h / 25, h / 9):
        out.append((C.PATTERN, f"color=white:{s}", f"format=gray,geq=lum='128+110*sin(hypot(X-W/2\\,Y-H/2)*6.283/{p})'"))
        out.append((C.PATTERN, f"color=white:{s}", f"format=gray,geq=lum='128+110*sin(X*6.283/{p})'"))
    for e in ("X/W*255", "Y/H*255", "255-X/W*255", "(X+Y)/(W+H)*255", "floor(X/W*8)*36", "floor(X/W*11)*25"):
        out.append((C.PATTERN, f"color=white:{s}", f"format=gray,geq=lum='{e}'"))
    for c in ("blue", "red", "green", "white", "gray", "0x404080", "yellow", "magenta", "cyan", "orange", "navy", "0x808000", "pink", "teal"):
        out += [(C.SOLID, f"color={c}:{s}", q), (C.SOLID, f"color={c}:{s}", q + ",noise=alls=3:allf=t")]
    for more in ("null", q, q + ",noise=alls=2:allf=t", q + ",lutyuv=y=20", "lutrgb=r=6:g=6:b=8", q + ",noise=alls=3:allf=t", q + ",lutyuv=y=16:u=130:v=127",
                 "lutrgb=r=0:g=0:b=0", "lutrgb=r=10:g=10:b=10", q + ",lutyuv=y=18,noise=c0s=2:c0f=t", "format=gbrp,noise=alls=3:allf=t", "lutrgb=r=3:g=2:b=2"):
        out.append((C.BLACK, f"color=black:{s}", more))
    for k in range(4):
        out += [(C.SNOW, f"color=gray:{s}", f"noise=alls=100:allf=t+u:all_seed={k + 5},eq=contrast=2.2"),
                (C.SNOW, f"nullsrc={s}", f"format=gray,geq=lum='random({k})*255'"),
                (C.SNOW, f"nullsrc=s={w // 2}x{h // 2}", f"format=gray,geq=lum='random({k})*235',scale={w}:{h}:flags=bilinear"),
                (C.SNOW, f"nullsrc={s}", f"format=gray,geq=lum='if(gt(random({k})\\,.6)\\,235\\,16)',boxblur=lr=1:lp=1,format=yuv420p"),
                (C.SNOW, f"nullsrc={s}", f"format=gbrp,geq=r='random({k})*255':g='random({k + 1})*255':b='random({k + 2})*255'")]
    return out


def one_source(job):
    out, size, n, label, source, more = job
    folder = os.path.join(out, size, C.KINDS[label].split(" (")[0].replace(" ", "-"))
    os.makedirs(folder, exist_ok=True)
    file = os.path.join(folder, f"source-{n:03d}.png")
    code = run(QUIET + ["-f", "lavfi", "-i", source, "-vf", more] + PNG + [file])
    if code:
        print("failed:", source, more, flush=True)
        return []
    return [(size, label, file)]


CLIP_FILTERS = [
    ("boxblur", C.FOCUS, ["boxblur=8:2", "boxblur=10:1"]),
    ("noise", C.NOISE, ["noise=alls=40:allf=t", "noise=alls=60:allf=t+u"]),
    ("dark", C.UNDER, ["lutyuv=y='(val-16)*0.15+16'", "lutyuv=y='val*0.25'"]),
    ("bright", C.OVER, ["lutyuv=y='clip(val*2.2,16,235)'", "lutyuv=y='clip(val+130,16,235)'"]),
    ("drawbox", C.COVERED, ["drawbox=x=iw*0.1:y=ih*0.1:w=iw*0.8:h=ih*0.8:color=black:t=fill",
                            "drawbox=x=0:y=0:w=iw*0.8:h=ih:color=0x302018:t=fill"]),
]


def clips(folder, out, step):
    rows = []
    for clip in ("car-detection", "bottle-detection"):
        path = os.path.join(folder, clip + ".mp4")
        jobs = [("plain", C.NORMAL, "null", step)]
        jobs += [(f"{name}{k}", label, chain, 5 * step) for name, label, chains in CLIP_FILTERS for k, chain in enumerate(chains)]
        for name, label, chain, every in jobs:
            target = os.path.join(out, "clips", clip, name)
            os.makedirs(target, exist_ok=True)
            run(QUIET + ["-i", path, "-vf", (f"select='not(mod(n\\,{every}))'," if every > 1 else "") + chain, "-vsync", "0", "-compression_level", "1",
                         "-pix_fmt", "rgb24", "-sws_flags", "accurate_rnd+full_chroma_int+bilinear", os.path.join(target, "%05d.png")])
            group = f"clips {clip} {name}"
            rows += [(group, label, os.path.join(target, f)) for f in sorted(os.listdir(target))]
    return rows


def videotestsrc(out):
    rows = []
    want = {"smpte": C.BARS, "smpte75": C.BARS, "smpte100": C.BARS, "black": C.BLACK, "snow": C.SNOW, "blue": C.SOLID,
            "checkers-8": C.PATTERN, "circular": C.PATTERN, "zone-plate": C.SOLID,  # its defaults give one flat grey
            "zone-plate kx2=20 ky2=20 kt=1": C.PATTERN, "zone-plate kx2=3 ky2=3": C.PATTERN}
    folder = os.path.join(out, "videotestsrc")
    os.makedirs(folder, exist_ok=True)
    for pattern, label in want.items():
        for w, h in ((320, 240), (1280, 720), (1920, 1080)):
            file = os.path.join(folder, f"{pattern.replace(' ', '_')}-{w}x{h}.png")
            run(["gst-launch-1.0", "-q", "videotestsrc", "num-buffers=1"] + ["pattern=" + pattern.split()[0]] + pattern.split()[1:] +
                ["!", f"video/x-raw,format=I420,width={w},height={h}", "!", "videoconvert", "!", "video/x-raw,format=RGB", "!", "pngenc", "!",
                 "filesink", "location=" + file])
            rows.append((f"videotestsrc {pattern}", label, file))
    return rows


def listed(out):
    """All pictures of photographs under the folders of the classes."""
    rows = []
    for size in SIZES:
        for label, name in enumerate(C.KINDS):
            folder = os.path.join(out, size, name.split(" (")[0].replace(" ", "-"))
            for f in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
                if not f.startswith("source-"):
                    rows.append((size, label, os.path.join(folder, f)))
    return rows


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--photos", required=True)
    a.add_argument("--clips", help="folder with car-detection.mp4 and bottle-detection.mp4")
    a.add_argument("--clip-step", type=int, default=3, help="every so many frames of the plain clips, and five times so many of the others")
    a.add_argument("--out", required=True)
    a.add_argument("--jobs", type=int, default=2)
    a.add_argument("--every", type=int, default=2, help="every so many photographs at 1080p")
    a.add_argument("--only", default="photos,sources,clips,videotestsrc")
    a = a.parse_args()
    os.makedirs(a.out, exist_ok=True)
    P.fetch(P.TEST, a.photos)
    cv2.setNumThreads(1)
    for part in a.only.split(","):
        rows = []
        with multiprocessing.Pool(a.jobs) as pool:
            if part == "photos":
                found = P.files(P.TEST, a.photos)
                jobs = [(f, a.out, "360p") for f in found] + [(f, a.out, "1080p") for f in found[::a.every]]
                pool.map(one_photo, jobs, chunksize=1)
                rows = listed(a.out)
            elif part == "sources":
                rows = sum(pool.map(one_source, [(a.out, s, n) + x for s in SIZES for n, x in enumerate(sources(s))], chunksize=1), [])
        if part == "clips" and a.clips:
            rows = clips(a.clips, a.out, a.clip_step)
        elif part == "videotestsrc":
            rows = videotestsrc(a.out)
        with open(os.path.join(a.out, f"list-{part}.tsv"), "w") as f:
            for group, label, file in rows:
                f.write(f"{group}\t{C.KINDS[label]}\t{os.path.relpath(file, a.out)}\n")
        print(part, len(rows), "pictures", flush=True)


if __name__ == "__main__":
    main()
