"""The edit mapping of the package apted; its outcome is the cost of the mapping."""

import sys

from apted import APTED
from apted.helpers import Tree

sys.setrecursionlimit(100_000)


def cost(mapping):
    return sum(a is None or b is None or a.name != b.name for a, b in mapping)


def prepare(data):
    pairs = [tuple(map(Tree.from_text, pair)) for pair in zip(data["left"], data["right"])]

    def run():
        return [APTED(left, right).compute_edit_mapping() for left, right in pairs]

    return run, lambda mappings: [cost(mapping) for mapping in mappings]
