#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a label file from WordNet ids.

A label is the first word of the id's synset in WordNet's noun data, where the id's digits are
a byte offset. Words that name several classes get the first word of their synset's hypernym
behind them: "crane (wading bird)". The ids come from a file with one in the first column of
each line, in class order; without --ids from the label file itself, which is then renewed.
"""
import argparse
import collections
import os
import sys

DEFAULT_NOUNS = '/usr/share/wordnet/data.noun'  # Debian package wordnet-base


def read_ids(path):
    with open(path, encoding='utf-8') as lines:
        ids = [line.split()[0] for line in lines if line.strip()]
    for wnid in ids:
        if len(wnid) != 9 or wnid[0] != 'n' or not wnid[1:].isdigit():
            raise ValueError(f'{path}: "{wnid}" is no WordNet id; "n" and 8 digits are')
    return ids


class Nouns:
    """WordNet's noun data: see wndb(5) for the fields of a line."""

    def __init__(self, path):
        self.file = open(path, 'rb')

    def fields(self, offset):
        self.file.seek(offset)
        fields = self.file.readline().decode('ascii').split('|')[0].split()
        if not fields or fields[0] != f'{offset:08d}':
            raise ValueError(f'{self.file.name}: no synset at byte {offset}')
        return fields

    def word(self, offset):
        return self.fields(offset)[4].replace('_', ' ')

    def hypernym_word(self, offset):
        fields = self.fields(offset)
        pointers = fields[4 + 2 * int(fields[3], 16) + 1:]
        for i in range(0, len(pointers), 4):
            if pointers[i] == '@':
                return self.word(int(pointers[i + 1]))
        raise ValueError(f'{self.file.name}: synset {offset} has no hypernym')


def make_labels(ids, nouns):
    offsets = [int(wnid[1:]) for wnid in ids]
    words = [nouns.word(offset) for offset in offsets]
    counts = collections.Counter(words)
    labels = [word if counts[word] == 1 else f'{word} ({nouns.hypernym_word(offset)})'
              for word, offset in zip(words, offsets)]
    if len(set(labels)) != len(labels):
        raise ValueError('labels are not unique')
    return labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('output', help='label file to write')
    parser.add_argument('--ids', help='file with a WordNet id in the first column of each line')
    parser.add_argument('--wordnet', default=DEFAULT_NOUNS, help='noun data (%(default)s)')
    options = parser.parse_args()
    try:
        ids = read_ids(options.ids or options.output)
        labels = make_labels(ids, Nouns(options.wordnet))
        partial = options.output + '.part'
        with open(partial, 'w', encoding='utf-8') as file:
            file.writelines(f'{wnid} {label}\n' for wnid, label in zip(ids, labels))
        os.replace(partial, options.output)
    except (OSError, ValueError) as error:
        sys.exit(f'make_labels: {error}')


if __name__ == '__main__':
    main()
