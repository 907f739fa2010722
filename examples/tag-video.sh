#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The main job in one command: installs what is missing, builds, tags a video and prints
# its labels and the frames per second.
set -u
vin_program=tag-video
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/setup.sh"

usage()
{
    cat <<'END'
Usage: examples/tag-video.sh [FILE_OR_URI] [--model MODEL]

Installs the missing Debian packages, builds into build/, and prints what the video
shows: a line of labels for every second of video, frames per second at the end.

  FILE_OR_URI    the video; without it a short test clip is made
  --model MODEL  a model's name or an .onnx file; default: googlenet
  --help         this text

googlenet is looked for in VIN_MODEL_PATH (a colon list of folders), the user's data
folder and the installed ones; when it is in none of them, models/fetch gets it.
END
}

fail()
{
    vin_say "$@"
    exit 1
}

# Prints where googlenet.onnx is, in the library's order of search.
find_googlenet()
{
    local folders folder home=~ # that of the password file where HOME is not set
    IFS=: read -r -a folders <<<"${VIN_MODEL_PATH:-}"
    for folder in "${folders[@]}" "${XDG_DATA_HOME:-$home/.local/share}/vkinception/models" \
        /usr/local/share/vkinception/models /usr/share/vkinception/models "$vin_root/models"; do
        if [ -n "$folder" ] && [ -f "$folder/googlenet.onnx" ]; then
            printf '%s\n' "$folder/googlenet.onnx"
            return 0
        fi
    done
    return 1
}

# Finds or fetches the default model; the way it went wrong is for the user to see.
choose_model()
{
    if [ -n "$model" ]; then
        return 0
    fi
    if ! model=$(find_googlenet); then
        vin_say "no googlenet.onnx here: fetching it (models/fetch googlenet)"
        if ! vin_step "fetch googlenet" "$vin_root/models/fetch" googlenet; then
            fail "no model to run: put googlenet.onnx into a folder and name the folder in" \
                "VIN_MODEL_PATH, or give --model FILE.onnx"
        fi
        model=$(find_googlenet) || fail "models/fetch succeeded, yet googlenet.onnx is not found"
    fi
}

make_clip()
{
    gst-launch-1.0 -q videotestsrc num-buffers=75 pattern=ball ! \
        video/x-raw,format=I420,width=640,height=360,framerate=25/1 ! \
        vp8enc deadline=1 ! webmmux ! filesink "location=$1"
}

# Prints the URI of what the user named: a URI stays, a file is made one.
to_uri()
{
    case $1 in
    [a-zA-Z]*://*) printf '%s\n' "$1" ;;
    *) python3 -c 'import pathlib, sys; print(pathlib.Path(sys.argv[1]).resolve().as_uri())' "$1" ;;
    esac
}

source_name= model=
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --model) [ $# -ge 2 ] || fail "--model needs a name or a file"; model=$2; shift ;;
    --model=*) model=${1#--model=} ;;
    -*) fail "unknown option '$1' (see --help)" ;;
    *) [ -z "$source_name" ] || fail "one video only, '$1' is one too many"; source_name=$1 ;;
    esac
    shift
done
case $source_name in
"" | [a-zA-Z]*://*) ;;
*) [ -r "$source_name" ] && [ -f "$source_name" ] || fail "cannot read the file '$source_name'" ;;
esac

vin_install build run || exit 1
vin_compile "$vin_build" -Dplugin=enabled -Dtools=enabled || exit 1
vin_environment "$vin_build"
choose_model
if [ -z "$source_name" ]; then
    source_name=$vin_build/test-clip.webm
    vin_step "make a test clip" make_clip "$source_name" || exit 1
    vin_say "no video given: tagging a test clip made with videotestsrc"
fi
uri=$(to_uri "$source_name") || fail "cannot make a URI of '$source_name'"

set -o pipefail
# videoconvert passes on untouched what the element takes, and converts the rest (10 bits, 4:4:4);
# videoflip turns what a phone has recorded upright.
gst-launch-1.0 -q uridecodebin "uri=$uri" ! videoconvert ! videoflip video-direction=auto ! \
    vulkaninception "model=$model" top-k=5 ! tagsink |
    python3 "$vin_root/scripts/print-tags.py" || fail "failed: tag the video"
