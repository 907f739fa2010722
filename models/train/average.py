# SPDX-License-Identifier: LGPL-2.1-or-later
"""The weighted mean of the weights of two rounds, exported to ONNX. It keeps what the later round
learned without what it unlearned."""

import argparse

import torch

import classes as C
import net as N
import train as T


def main():
    a = argparse.ArgumentParser()
    a.add_argument("first")
    a.add_argument("second")
    a.add_argument("--share", type=float, default=0.5, help="of the second")
    a.add_argument("--recipe", default="tiles8")
    a.add_argument("--save", required=True)
    a.add_argument("--onnx", required=True)
    a = a.parse_args()
    one, two = torch.load(a.first), torch.load(a.second)
    mean = {}
    for name, value in one.items():
        mixed = value.double() * (1 - a.share) + two[name].double() * a.share
        mean[name] = mixed.to(value.dtype)
    net = N.Signal()
    net.load_state_dict(mean)
    torch.save(mean, a.save)
    T.export(net, a.onnx, C.RECIPES[a.recipe][0])


if __name__ == "__main__":
    main()
