#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""models/make_labels.py: rules on a small made-up WordNet, and the committed file itself."""
import os
import subprocess
import sys
import tempfile

ROOT = os.environ.get('VIN_SOURCE_ROOT') or os.path.join(os.path.dirname(__file__), '..', '..')
SCRIPT = os.path.join(ROOT, 'models', 'make_labels.py')
COMMITTED = os.path.join(ROOT, 'models', 'imagenet_1000.txt')
NOUNS = '/usr/share/wordnet/data.noun'


def run(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True,
                          check=False)


def small_wordnet(folder):
    """Synsets: heron (lines point to their own byte offsets), two cranes, two parents."""
    synsets = [('wading_bird', None), ('machine', None), ('crane', 0), ('crane', 1),
               ('great_heron', 0)]
    lines, offsets, size = [], [], 0
    for word, parent in synsets:
        pointers = '000' if parent is None else f'001 @ {offsets[parent]:08d} n 0000'
        line = f'{size:08d} 05 n 02 {word} 0 other_name 0 {pointers} | a gloss\n'
        offsets.append(size)
        lines.append(line)
        size += len(line)
    path = os.path.join(folder, 'data.noun')
    with open(path, 'w', encoding='ascii') as file:
        file.writelines(lines)
    return path, offsets


def check_rules(folder):
    nouns, offsets = small_wordnet(folder)
    ids = os.path.join(folder, 'ids.txt')
    output = os.path.join(folder, 'labels.txt')
    with open(ids, 'w', encoding='ascii') as file:
        file.writelines(f'n{offsets[i]:08d}\n' for i in (2, 4, 3))
    result = run('--ids', ids, '--wordnet', nouns, output)
    assert result.returncode == 0, result.stderr
    with open(output, encoding='utf-8') as file:
        labels = [line.split(' ', 1)[1].rstrip('\n') for line in file]
    assert labels == ['crane (wading bird)', 'great heron', 'crane (machine)'], labels


def check_refusals(folder):
    nouns, _ = small_wordnet(folder)
    ids = os.path.join(folder, 'ids.txt')
    output = os.path.join(folder, 'none.txt')
    for text, word in (('n00000003\n', 'no synset'), ('dog\n', '"dog"')):
        with open(ids, 'w', encoding='ascii') as file:
            file.write(text)
        result = run('--ids', ids, '--wordnet', nouns, output)
        assert result.returncode != 0 and word in result.stderr, result.stderr
        assert not os.path.exists(output)


def check_committed(folder):
    copy = os.path.join(folder, 'copy.txt')
    result = run('--ids', COMMITTED, copy)
    assert result.returncode == 0, result.stderr
    with open(COMMITTED, encoding='utf-8') as old, open(copy, encoding='utf-8') as new:
        assert old.read() == new.read(), 'imagenet_1000.txt is not what the script makes'


def main():
    failed = False
    checks = (check_rules, check_refusals, check_committed)
    print(f'1..{len(checks)}')
    for number, check in enumerate(checks, 1):
        if check is check_committed and not os.path.exists(NOUNS):
            print(f'ok {number} {check.__name__} # SKIP there is no {NOUNS} (wordnet-base)')
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(folder)
                print(f'ok {number} {check.__name__}')
            except AssertionError as error:
                failed = True
                print(f'not ok {number} {check.__name__}\n# {error}')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
