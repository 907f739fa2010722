#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""vin-tag on many files: folders, lists, several at once, forms of output, and runs that end
early and are taken up again. Without a Vulkan device all is skipped.

usage: test_archive.py WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT
"""
import csv
import fcntl
import io
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time

from kit import *

GREEN = (0, 255, 0)
PATIENCE = 60.0  # seconds, for what takes one on an idle machine


def names(fixture, out):
    """The files of JSON lines, without the fixture's folder."""
    return [os.path.relpath(json.loads(line)["file"], fixture.folder)
            for line in out.splitlines()]


def read(path):
    with open(path, "rb") as handle:
        return handle.read()


def film(fixture, name, n_frames):
    path = fixture.path(name)
    code, _, err, _ = run(
        "gst-launch-1.0", "-q", "videotestsrc", "pattern=blue", "num-buffers=%d" % n_frames, "!",
        "video/x-raw,format=I420,width=32,height=32,framerate=10/1", "!", "jpegenc", "!",
        "avimux", "!", "filesink", "location=" + path)
    if code != 0:
        raise Skip("cannot make a video: " + " ".join(err))
    return path


def archive(fixture):
    """A folder with seven photos, a film among them, and a file that is none."""
    os.mkdir(fixture.path("archive"))
    for i in (1, 2, 3, 4, 20, 21, 22):
        fixture.png("archive/p%d.png" % i, (RED, GREEN, BLUE)[i % 3])
    film(fixture, "archive/p10.avi", 4)
    write(fixture.path("archive/p3a.png"), b"no picture\n")
    return fixture.path("archive")


def wait_until(fact, what):
    end = time.monotonic() + PATIENCE
    while not fact():
        true(time.monotonic() < end, "waited too long for " + what)
        time.sleep(0.02)


def start(*command, **more):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            **more)


def test_formats(fixture):
    photo = fixture.png('a "big", red\none.png', RED)
    write(fixture.labels, b'red, or "rose"\ngreen\nblue\nother\n')
    entry = json.loads(good(TAG, *fixture.named, "--format", "json", photo))
    text = subprocess.run([TAG, *fixture.named, "--format", "csv", photo, "--threshold", "0.00001",
                           fixture.png("b.png", BLUE)],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    true("\n" not in text.replace("\r\n", "").replace("red\none", ""), "line ends: %r" % text)
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    equal(rows[0], ["file", "time", "rank", "label", "index", "score", "wnid"], "header")
    of_photo = [row for row in rows[1:] if row[0] == photo]
    equal(len(of_photo), len([tag for tag in entry["tags"] if tag["score"] >= 0.00001]), "records")
    for rank, (row, tag) in enumerate(zip(of_photo, entry["tags"]), 1):
        equal((float(row[1]), int(row[2]), row[3], int(row[4])),
              (entry["time"], rank, tag["label"], tag["index"]), "record %d" % rank)
        true(abs(float(row[5]) - tag["score"]) < 1e-7, "score of %r" % row)
    equal(of_photo[0][3], 'red, or "rose"', "label")
    line = good(TAG, *fixture.named, "--format", "text", photo)
    true("red\\x0aone.png  0.000 s  red, or" in line, "text: " + line)
    equal(line.count("\n"), 1, "lines of text")


def test_csv_without_labels(fixture):
    """A frame with no label over the threshold is a record, too."""
    out = good(TAG, *fixture.named, "--format", "csv", "--threshold", "1",
               fixture.png("grey.png", (90, 90, 90)))
    equal(out.splitlines()[1].split("grey.png")[1], ",0.000000,,,,,", "record")


def test_output(fixture):
    photo, output = fixture.png("red.png", RED), fixture.path("out.json")
    want = good(TAG, *fixture.named, "--json", photo)
    write(output, b"old\n" * 1000)
    line = one_error(TAG, "--model", "no-such-model", "--output", output, photo)
    true("no-such-model" in line, line)
    equal(read(output), b"old\n" * 1000, "output of a run that never began")
    equal(good(TAG, *fixture.named, "--json", "--output", output, photo), "", "stdout")
    equal(read(output).decode(), want, "the file")
    equal(good(TAG, *fixture.named, "--json", "-o", "-", photo), want, "standard output by name")
    missing = fixture.path("no folder/out.json")
    true(missing in one_error(TAG, *fixture.named, "-o", missing, photo), "the error's file")


def test_output_is_locked(fixture):
    photo, output = fixture.png("red.png", RED), write(fixture.path("out.json"), b"others'\n")
    holder = start("python3", "-c", "import fcntl, sys, time; f = open(sys.argv[1]);"
                   "fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(600)",
                   output, stdout=subprocess.PIPE)
    try:
        equal(holder.stdout.readline(), "held\n", "the lock")
        line = one_error(TAG, *fixture.named, "-o", output, photo)
    finally:
        holder.kill()
        holder.communicate()
    true("another run" in line and output in line, line)
    equal(read(output), b"others'\n", "the file")


def test_lost_reader(fixture):
    """The other end of a pipe goes away: one error, no death by SIGPIPE."""
    photo = fixture.png("red.png", RED)
    reading, writing = os.pipe()
    os.close(reading)
    child = start(TAG, *fixture.named, photo, photo, photo, stdout=writing)
    os.close(writing)
    _, err = child.communicate(timeout=PATIENCE)
    equal(child.returncode, FAILED, "exit code")
    errors = [line for line in err.splitlines() if ": warn: " not in line]
    equal(len(errors), 1, "error lines (%s)" % err)
    code, _, err, _ = run(TAG, *fixture.named, "-o", "/dev/full", photo, photo)
    equal(code, FAILED, "exit code of a full disk")
    true(sum("/dev/full" in line for line in err) == 1, "error lines: %r" % err)


def test_files_from(fixture):
    one, two = fixture.png("one.png", RED), fixture.png("two\nlines.png", BLUE)
    listed = write(fixture.path("list"), ("%s\n\n%s" % (one, one)).encode())
    out = good(TAG, *fixture.named, "--json", "--files-from", listed, two)
    equal(names(fixture, out), ["two\nlines.png", "one.png", "one.png"], "arguments, then the list")
    done = subprocess.run([TAG, *fixture.named, "--json", "--files-from", "-"], text=True,
                          input="%s\0%s\0" % (two, one), stdout=subprocess.PIPE, check=True)
    equal(names(fixture, done.stdout), ["two\nlines.png", "one.png"], "NULs from standard input")
    code, out, err, _ = run(TAG, *fixture.named, "--files-from", os.devnull)
    equal((code, out, err[-1:]), (0, "", ["vin-tag: no photo or video found"]), "an empty list")
    true("missing" in one_error(TAG, *fixture.named, "--files-from", fixture.path("missing")),
         "the error names the list")


def test_folders(fixture):
    for folder in ("top", "top/b", "top/b/deep", "top/.hidden", "other"):
        os.mkdir(fixture.path(folder))
    for name in ("top/p10.png", "top/p9.PNG", "top/b/x.png", "top/b/deep/y.png", "other/z.png",
                 "top/.hidden/h.png", "top/.h.png", "elsewhere.png"):
        fixture.png(name, RED)
    write(fixture.path("top/notes.txt"), b"not looked at\n")
    write(fixture.path("top/png"), b"not looked at\n")
    os.mkfifo(fixture.path("top/fifo.png"))
    os.symlink("..", fixture.path("top/b/loop"))
    os.symlink("../other", fixture.path("top/link"))
    os.symlink("../other", fixture.path("top/link-again"))
    os.symlink("../elsewhere.png", fixture.path("top/linked.png"))
    out = good(TAG, *fixture.named, "--json", fixture.path("top"))
    equal(names(fixture, out), ["top/b/deep/y.png", "top/b/x.png", "top/link/z.png",
                                "top/linked.png", "top/p9.PNG", "top/p10.png"], "files")
    here = good("sh", "-c", 'cd "$0" && exec "$@"', fixture.path("other"), TAG, *fixture.named,
                "--json", ".")
    equal(json.loads(here)["file"], "./z.png", "a name below the folder as it was named")
    os.symlink("nowhere.png", fixture.path("other/broken.png"))
    code, out, err, _ = run(TAG, *fixture.named, "--json", fixture.path("other"))
    equal((code, names(fixture, out)), (SOME_FAILED, ["other/z.png"]), "with a broken link")
    true("broken.png" in " ".join(err), "the error names it: %r" % err)


def test_suffixes_in_man(fixture):
    """What the manual says is taken from a folder is taken, and the rest is not."""
    page = read(os.path.join(os.path.dirname(__file__), "../../man/vin-tag.1")).decode()
    told = re.match(r"(?:\.BR .*\n)*", page.split("end in\n", 1)[1]).group()
    told = [word for word in re.findall(r"\b\w+", told.replace(".BR", "")) if word != "and"]
    true(len(told) > 20 and "jpg" in told, "suffixes in the manual: %r" % told)
    os.mkdir(fixture.path("all"))
    for suffix in told + ["txt", "json", "wav", "svg", "xcf", "psd", "mp3", "c"]:
        fixture.png("all/x." + suffix, RED)
    out = good(TAG, *fixture.named, "--json", fixture.path("all"))
    equal(sorted(name.split(".")[1] for name in names(fixture, out)), sorted(told), "suffixes")


def test_unreadable_folder(fixture):
    if os.geteuid() == 0:
        raise Skip("nothing is unreadable for root")
    photo = fixture.png("red.png", RED)
    os.mkdir(fixture.path("locked"), 0)
    code, out, err, _ = run(TAG, *fixture.named, "--json", fixture.path("locked"), photo)
    equal((code, names(fixture, out)), (SOME_FAILED, ["red.png"]), "exit code and files")
    true("locked: " in err[-2], "errors: %r" % err)


def test_failures_at_the_end(fixture):
    photo = fixture.png("red.png", RED)
    bad = write(fixture.path("bad\n\x1b[1m.png"), b"no picture\n")
    missing = fixture.path("missing.png")
    for jobs in ("1", "3"):
        code, out, err, _ = run(TAG, *fixture.named, "--json", "--jobs", jobs, photo, bad, photo,
                                missing, photo)
        equal(code, SOME_FAILED, "exit code")
        equal(names(fixture, out), ["red.png"] * 3, "the rest is tagged")
        errors = [line for line in err if ": warn: " not in line]
        equal(len(errors), 3, "error lines: %r" % errors)
        true("bad\\x0a\\x1b[1m.png: " in errors[0] and missing + ": " in errors[1],
             "a line a file, with nothing a terminal obeys: %r" % errors)
        equal(errors[2], "vin-tag: 2 of 5 files could not be tagged", "the sum")


def test_jobs_keep_order(fixture):
    folder = archive(fixture)
    runs = [run(TAG, *fixture.named, "--format", "csv", "--jobs", jobs, folder, folder)
            for jobs in ("1", "2", "7", "0")]
    true("p10.avi,0.300000" in runs[0][1], "the film's last frame: " + runs[0][1])
    for code, out, err, _ in runs:
        equal((code, out), (SOME_FAILED, runs[0][1]), "exit code and output (%r)" % err)
    usage_error(TAG, "--jobs", "-1", "x.jpg")
    usage_error(TAG, "--jobs", "65", "x.jpg")


def unread(end):
    """Bytes in a FIFO that nobody has taken yet."""
    return struct.unpack("i", fcntl.ioctl(end, termios.FIONREAD, b"\0" * 4))[0]


def test_jobs_run_at_once(fixture):
    """With two jobs, the second file is read while the first still waits for its bytes."""
    data = read(fixture.png("red.png", RED))
    fifos = [fixture.path("first"), fixture.path("second")]
    for fifo in fifos:
        os.mkfifo(fifo)
    ends = [os.open(fifo, os.O_RDWR) for fifo in fifos]
    child = start(TAG, *fixture.named, "--json", "--jobs", "2", *fifos, stdout=subprocess.PIPE)
    try:
        for end in reversed(ends):
            os.write(end, data)
            wait_until(lambda: unread(end) == 0, "a file to be read")
            os.close(end)
        out, err = child.communicate(timeout=PATIENCE)
    finally:
        child.kill()
    equal((child.returncode, names(fixture, out)), (0, ["first", "second"]), "files (%s)" % err)


def test_interval(fixture):
    movie = film(fixture, "film.avi", 7)
    for interval, want in (("0", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
                           ("0.2", [0.0, 0.2, 0.4, 0.6]), ("0.3", [0.0, 0.3, 0.6]),
                           ("0.25", [0.0, 0.3, 0.5]), ("99", [0.0])):
        out = good(TAG, *fixture.named, "--json", "--interval", interval, movie)
        equal([round(json.loads(line)["time"], 3) for line in out.splitlines()], want,
              "times with --interval " + interval)
    usage_error(TAG, "--interval", "-1", movie)


def tag_archive(fixture, form, output, *more):
    code, _, err, _ = run(TAG, *fixture.named, "--format", form, "--output", output, *more,
                          fixture.path("archive"))
    return code, err


def test_resume_from_any_cut(fixture):
    archive(fixture)
    whole, part = fixture.path("whole"), fixture.path("part")
    for form in ("json", "csv"):
        tag_archive(fixture, form, whole)
        want = read(whole)
        equal(want.count(b"p10.avi"), 4 if form == "json" else 16, "records of the film")
        film_at, film_end = want.index(b"p10.avi"), want.rindex(b"p10.avi")
        cuts = [0, 1, 20, len(want) // 5, film_at - 1, film_at + 9, film_end + 3,
                want.index(b"\n", film_at) + 1, want.index(b"\n", film_end) + 1, len(want) - 1,
                len(want)]
        for cut in cuts:
            write(part, want[:cut])
            code, err = tag_archive(fixture, form, part, "--resume", "--jobs", "2")
            equal(code, SOME_FAILED, "exit code, as of the whole run (%r)" % err)
            equal(read(part), want, "%s resumed after %d of %d bytes" % (form, cut, len(want)))
    os.unlink(part)
    tag_archive(fixture, "csv", part, "--resume")
    equal(read(part), want, "resumed from nothing")


def test_resume_skips(fixture):
    """What is held is not looked at again, but for the last file; what is new comes behind."""
    folder, output = archive(fixture), fixture.path("out.json")
    tag_archive(fixture, "json", output)
    before = read(output)
    for name in ("p1.png", "p2.png", "p10.avi", "p21.png"):
        write(os.path.join(folder, name), b"no picture any more\n")
    os.unlink(os.path.join(folder, "p3a.png"))
    equal(tag_archive(fixture, "json", output, "--resume"), (0, []), "exit code and errors")
    equal(read(output), before, "output")
    write(os.path.join(folder, "p22.png"), b"no picture any more\n")
    fixture.png("archive/p0.png", RED)
    code, _ = tag_archive(fixture, "json", output, "--resume")
    equal(code, SOME_FAILED, "exit code with the last file gone bad")
    old, new = names(fixture, before.decode()), names(fixture, read(output).decode())
    equal(new, old[:-1] + ["archive/p0.png"], "files")


def test_resume_names(fixture):
    """Names that two may share, that are no UTF-8, or that need quotes."""
    names_ = [b"a.png", b'q",\n"q.png', b"\xff\xfe.png", b"\xff\xfd.png", b"z.png"]
    folder = os.fsencode(fixture.folder)
    for i, name in enumerate(names_):
        png(os.path.join(folder, name), (RED, GREEN, BLUE)[i % 3])
    arguments = [os.path.join(folder, name) for name in names_]
    arguments += [arguments[0]]
    whole, part = fixture.path("whole"), fixture.path("part")
    for form in ("json", "csv"):
        command = [TAG, *fixture.named, "-k", "1", "--format", form, "--resume"]
        write(whole, b"")
        subprocess.run([*command, "-o", whole, *arguments], check=True)
        want = read(whole)
        ends = [i + 1 for i, byte in enumerate(want) if byte == 10]
        true(b"\\xff\\xfe.png" in want.replace(b"\\\\", b"\\"), "bytes as they are: %r" % want)
        for cut in ends:
            write(part, want[:cut])
            subprocess.run([*command, "-o", part, *arguments], check=True)
            equal(read(part), want, "%s resumed after %d bytes" % (form, cut))


def test_resume_refuses(fixture):
    photo, output = fixture.png("red.png", RED), fixture.path("out")
    usage_error(TAG, "--resume", "--json", photo)
    usage_error(TAG, "--resume", "--json", "-o", "-", photo)
    usage_error(TAG, "--resume", "-o", output, photo)
    usage_error(TAG, "--json", "--format", "csv", photo)
    usage_error(TAG, "--format", "xml", photo)
    for form, held in (("json", b"somebody's notes\n"), ("json", b'{"file": 1}\n'),
                       ("json", b'{"a": "b"}\n[]\n'), ("csv", b"file;time\r\n"),
                       ("csv", b"file,time,rank,label,index,score,wnid\r\na,b\r\n"),
                       ("json", b"file,time,rank,label,index,score,wnid\r\n")):
        write(output, held)
        line = one_error(TAG, *fixture.named, "--format", form, "-o", output, "--resume", photo)
        true(output in line and "line " in line, "error: " + line)
        equal(read(output), held, "what is none of ours")
    one_error(TAG, *fixture.named, "--json", "-o", os.devnull, "--resume", photo)


def test_killed(fixture):
    """SIGKILL while the fourth file is read: the rest is made up for."""
    photos = [fixture.png("p%d.png" % i, (RED, GREEN, BLUE)[i % 3]) for i in range(8)]
    whole, part, data = fixture.path("whole"), fixture.path("part"), read(photos[3])
    command = [TAG, *fixture.named, "--json", *photos, "--resume", "--output"]
    good(*command, whole)
    os.unlink(photos[3])
    os.mkfifo(photos[3])
    child = start(*command, part)
    wait_until(lambda: os.path.exists(part) and read(part).count(b"\n") == 3, "three lines")
    child.kill()
    child.communicate()
    equal(child.returncode, -signal.SIGKILL, "exit code")
    equal(read(part), b"".join(read(whole).splitlines(True)[:3]), "what was written by then")
    with open(part, "ab") as handle:
        handle.write(read(whole).splitlines()[3][:17])  # had it been in the midst of a line
    os.unlink(photos[3])
    write(photos[3], data)
    good(*command, part)
    equal(read(part), read(whole), "resumed")


def test_stopped(fixture):
    """SIGINT and SIGTERM: whole lines, an exit code that says so, and soon."""
    movie, output = film(fixture, "long.avi", 4000), fixture.path("out.json")
    for number, jobs in ((signal.SIGINT, "1"), (signal.SIGTERM, "2")):
        write(output, b"")
        child = start(TAG, *fixture.named, "--json", "-o", output, "--jobs", jobs, movie, movie)
        wait_until(lambda: b"\n" in read(output), "the first line")
        sent = time.monotonic()
        child.send_signal(number)
        _, err = child.communicate(timeout=PATIENCE)
        true(time.monotonic() - sent < 5.0, "took %.1f s" % (time.monotonic() - sent))
        equal(child.returncode, 128 + number, "exit code (%s)" % err)
        data = read(output)
        true(data.endswith(b"\n"), "a whole last line: %r" % data[-80:])
        frames = [json.loads(line)["time"] for line in data.splitlines()]
        true(0 < len(frames) < 4000, "frames: %d" % len(frames))
        equal(frames, [round(i / 10, 9) for i in range(len(frames))], "times")
        equal([line for line in err.splitlines() if ": warn: " not in line], [], "errors")


def test_progress(fixture):
    photos = [fixture.png("p%d.png" % i, RED) for i in range(3)]
    want = good(TAG, *fixture.named, "--json", *photos)
    code, out, err, _ = run(TAG, *fixture.named, "--json", *photos)
    equal([line for line in err if ": warn: " not in line], [], "stderr that is no terminal")
    done = subprocess.run([TAG, *fixture.named, "--json", "--progress", *photos], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    equal(done.stdout.decode(), want, "standard output")
    true(b"/3 files, " in done.stderr and b"ETA " in done.stderr, "stderr: %r" % done.stderr)
    true(done.stderr.endswith(b"\r\033[K"), "cleared at the end: %r" % done.stderr[-40:])


def read_terminal(terminal, parts):
    try:
        while True:
            parts.append(os.read(terminal, 4096))
    except OSError:
        pass  # the other end is closed


def test_progress_on_a_terminal(fixture):
    movie = film(fixture, "film.avi", 300)
    try:
        ours, theirs = os.openpty()
    except OSError as error:
        raise Skip("no terminal can be made: %s" % error)
    child = subprocess.Popen([TAG, *fixture.named, "--json", movie, fixture.path("missing.png")],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    parts = []
    reader = threading.Thread(target=read_terminal, args=(ours, parts))
    reader.start()
    out, _ = child.communicate(timeout=PATIENCE)
    reader.join()
    os.close(ours)
    shown = b"".join(parts)
    equal(len(out.splitlines()), 300, "lines")
    true(b"\033" not in out, "standard output is clean")
    true(b"0/2 files, " in shown and b" % of " in shown, "shown: %r" % shown)
    tail = shown.decode().rsplit("\r\033[K", 1)[1]
    true(tail.startswith("vin-tag: ") and "files, " not in tail, "after it is cleared: %r" % tail)
    equal(child.returncode, SOME_FAILED, "exit code")


if __name__ == "__main__":
    sys.exit(main(globals(), need_device))
