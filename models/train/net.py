# SPDX-License-Identifier: LGPL-2.1-or-later
"""The network: GoogLeNet's topology at about an eighth of its width, every branch a multiple of 16
channels wide."""

import torch
from torch import nn
from torch.nn import functional as F

from classes import LABELS

CLASSES = len(LABELS)
# 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection
MODULES = {
    "3a": (16, 16, 16, 16, 16, 16),
    "3b": (16, 16, 32, 16, 16, 16),
    "4a": (32, 16, 32, 16, 16, 16),
    "4b": (32, 16, 32, 16, 16, 16),
    "4c": (32, 16, 32, 16, 16, 16),
    "4d": (32, 16, 32, 16, 16, 16),
    "4e": (32, 16, 32, 16, 16, 16),
    "5a": (32, 16, 48, 16, 16, 16),
    "5b": (48, 16, 48, 16, 16, 16),
}


class ConvUnit(nn.Module):
    def __init__(self, i, o, k, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(i, o, k, stride, k // 2, bias=False)
        self.norm = nn.BatchNorm2d(o)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))

    def fold(self):
        """The same unit as one convolution with a bias."""
        c, n = self.conv, self.norm
        scale = n.weight / torch.sqrt(n.running_var + n.eps)
        out = nn.Conv2d(c.in_channels, c.out_channels, c.kernel_size, c.stride, c.padding)
        out.weight.data = c.weight.data * scale.data[:, None, None, None]
        out.bias.data = (n.bias - n.running_mean * scale).data
        return nn.Sequential(out, nn.ReLU())


class Inception(nn.Module):
    def __init__(self, i, widths):
        super().__init__()
        a, b, c, d, e, f = widths
        self.one = ConvUnit(i, a, 1)
        self.three = nn.Sequential(ConvUnit(i, b, 1), ConvUnit(b, c, 3))
        self.five = nn.Sequential(ConvUnit(i, d, 1), ConvUnit(d, e, 5))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), ConvUnit(i, f, 1))
        self.out = a + c + e + f

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


class Head(nn.Module):
    """An intermediate classifier, after 4a and after 4d; the input there is 8 x 8."""

    def __init__(self, i):
        super().__init__()
        self.conv = nn.Sequential(nn.AvgPool2d(5, 3), ConvUnit(i, 32, 1))
        self.drop = nn.Dropout(0.3)
        self.fc1 = nn.Linear(32 * 4, 64)
        self.fc2 = nn.Linear(64, CLASSES)

    def forward(self, x):
        x = torch.flatten(self.conv(x), 1)
        return self.fc2(self.drop(F.relu(self.fc1(x))))


class Signal(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            ConvUnit(3, 16, 7, 2),
            nn.MaxPool2d(3, 2, 1),
            ConvUnit(16, 16, 1),
            ConvUnit(16, 32, 3),
            nn.MaxPool2d(3, 2, 1),
        )
        self.softmax = False
        width = 32
        for name, widths in MODULES.items():
            setattr(self, "inception_" + name, Inception(width, widths))
            width = self.get_submodule("inception_" + name).out
            if name == "4a":
                self.head_a = Head(width)
            elif name == "4d":
                self.head_b = Head(width)
        self.down = nn.MaxPool2d(3, 2, 1)
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(width, CLASSES)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")

    def forward(self, x):
        """Logits, or probabilities as the file gives them: the last ones, then those of the two
        intermediate heads."""
        x = self.stem(x)
        for name in MODULES:
            x = self.get_submodule("inception_" + name)(x)
            if name in ("3b", "4e"):
                x = self.down(x)
            if name == "4a":
                a = self.head_a(x)
            elif name == "4d":
                b = self.head_b(x)
        x = torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)
        out = self.fc(self.drop(x)), a, b
        return tuple(torch.softmax(v, 1) for v in out) if self.softmax else out


def fold(module):
    for name, child in module.named_children():
        if isinstance(child, ConvUnit):
            setattr(module, name, child.fold())
        else:
            fold(child)
    return module


def count(net, size=128):
    """Multiply-adds of a forward pass and parameters."""
    total, hooks = [0], []

    def hook(m, _, out):
        if isinstance(m, nn.Conv2d):
            total[0] += out[0].numel() * m.in_channels * m.kernel_size[0] * m.kernel_size[1]
        else:
            total[0] += m.in_features * m.out_features

    for m in net.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            hooks.append(m.register_forward_hook(hook))
    was = net.training
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, 3, size, size))
    net.train(was)
    for x in hooks:
        x.remove()
    return total[0], sum(p.numel() for p in net.parameters())


if __name__ == "__main__":
    print("multiply-adds %d, parameters %d" % count(Signal()))
