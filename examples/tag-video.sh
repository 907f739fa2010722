#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The main job in one command: installs what is missing, builds, and says what a video shows
# and what state its picture is in.
set -u
vin_program=tag-video
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/setup.sh"

usage()
{
    cat <<'END'
Usage: examples/tag-video.sh [FILE_OR_URI] [--model MODEL]

Installs the missing Debian packages, builds into build/, and tells what the video shows,
with the frames per second at the end of each part:

  signal     what state the picture is in (normal, black, colour bars, snow, ...): a line
             for each change of state, with its times. The model is inside the library
  googlenet  what is to be seen, of 1000 classes: a line for every second of video; when
             googlenet.onnx is in VIN_MODEL_PATH (a colon list of folders), the user's data
             folder or an installed one. models/fetch googlenet gets it

  FILE_OR_URI    the video; without it a short clip of several states is made
  --model MODEL  only this model: a name or an .onnx file, a line for every second of video
  --help         this text
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

# A second each of several states.
make_clip()
{
    local pattern parts=()
    for pattern in smpte snow black checkers-8 blue; do
        parts+=(videotestsrc num-buffers=25 "pattern=$pattern" !
            "video/x-raw,format=I420,width=480,height=270,framerate=25/1" ! joined.)
    done
    gst-launch-1.0 -q concat name=joined ! vp8enc deadline=1 target-bitrate=1500000 ! \
        webmmux ! filesink "location=$1" "${parts[@]}"
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
if [ -z "$source_name" ]; then
    source_name=$vin_build/test-clip.webm
    vin_step "make a test clip" make_clip "$source_name" || exit 1
    vin_say "no video given: tagging a clip made with videotestsrc"
fi
uri=$(to_uri "$source_name") || fail "cannot make a URI of '$source_name'"

# tag MODEL [OPTION]: the video through a model; OPTION is print-tags.py's. videoconvert passes on
# untouched what the element takes, and converts the rest; the element turns upright what a phone
# has recorded.
tag()
{
    gst-launch-1.0 -q uridecodebin "uri=$uri" ! videoconvert ! \
        vulkaninception "model=$1" top-k=5 ! tagsink |
        python3 "$vin_root/scripts/print-tags.py" ${2:+"$2"} || fail "failed: tag the video"
}

set -o pipefail
if [ -n "$model" ]; then
    tag "$model"
    exit 0
fi
echo "signal (what state the picture is in):"
tag signal --changes
if model=$(find_googlenet); then
    echo "googlenet (what is to be seen):"
    tag "$model"
else
    vin_say "models/fetch googlenet brings a model that knows 1000 things"
fi
