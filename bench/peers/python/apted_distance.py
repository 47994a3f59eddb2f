"""APTED of the package apted, unit costs."""

import sys

from apted import APTED
from apted.helpers import Tree

sys.setrecursionlimit(100_000)


def prepare(data):
    pairs = [tuple(map(Tree.from_text, pair)) for pair in zip(data["left"], data["right"])]

    def run():
        return [APTED(left, right).compute_edit_distance() for left, right in pairs]

    return run, list
