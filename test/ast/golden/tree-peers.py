"""Writes tree-peers.golden.json: distances under other costs, normalized distances and the cost of mappings, from zss and apted.

Usage: python3 -P tree-peers.py     (zss 1.2.0, apted 1.0.3; -P keeps apted.py beside it from being taken for the package)
"""

import json
import random
from pathlib import Path

import apted
import zss


class Node:
    """A node with its label and, once the tree is numbered, its place in postorder."""

    def __init__(self, label, children=()):
        self.label = label
        self.children = list(children)
        self.index = -1

    def number(self, start=0):
        for child in self.children:
            start = child.number(start)
        self.index = start
        return start + 1

    def show(self):
        return "{" + self.label + "".join(child.show() for child in self.children) + "}"


def random_tree(rng, size, labels):
    nodes = [Node(rng.choice(labels))]
    for _ in range(1, size):
        node = Node(rng.choice(labels))
        nodes[rng.randrange(max(0, len(nodes) - rng.choice([1, 3, 9])), len(nodes))].children.append(node)
        nodes.append(node)
    return nodes[0]


def spine(depth, turn):
    node = Node("a")
    for level in range(depth, 0, -1):
        leaf = Node("bcd"[level % 3])
        node = Node("a", [node, leaf] if turn(level) else [leaf, node])
    return node


BY_LABEL = {
    "insert": lambda label: 1 + ord(label) % 3 / 2,
    "delete": lambda label: 0.5 + ord(label) % 2,
    "pair": lambda a, b: 0.125 if a == b else 0.25 + abs(ord(a) - ord(b)) / 4,
}


def with_zss(a, b, insert, delete, pair):
    return zss.distance(a, b, lambda node: node.children, insert, delete, pair)


class LabelConfig(apted.Config):
    def rename(self, a, b):
        return BY_LABEL["pair"](a.label, b.label)

    def delete(self, node):
        return BY_LABEL["delete"](node.label)

    def insert(self, node):
        return BY_LABEL["insert"](node.label)


class UnitConfig(apted.Config):
    def rename(self, a, b):
        return int(a.label != b.label)


def measure(a, b):
    a.number()
    b.number()
    sizes = a.index + b.index + 2
    unit = apted.APTED(a, b, UnitConfig())
    distance = unit.compute_edit_distance()
    mapping = unit.compute_edit_mapping()
    costs = [1 if one is None or other is None else int(one.label != other.label) for one, other in mapping]
    label = with_zss(
        a,
        b,
        lambda node: BY_LABEL["insert"](node.label),
        lambda node: BY_LABEL["delete"](node.label),
        lambda one, other: BY_LABEL["pair"](one.label, other.label),
    )
    assert label == apted.APTED(a, b, LabelConfig()).compute_edit_distance()
    by_node = with_zss(
        a,
        b,
        lambda node: 0.5 + node.index % 3 / 2,
        lambda node: 0.25 + node.index % 5 / 4,
        lambda one, other: (one.index * 7 + other.index * 3) % 11 / 8,
    )
    return {
        "a": a.show(),
        "b": b.show(),
        "unit": distance,
        "mapping": sum(costs),
        "normalized": 0 if distance == 0 else 2 * distance / (sizes + distance),
        "byLabel": label,
        "byNode": by_node,
    }


rng = random.Random(11)
pairs = []
for _ in range(60):
    labels = "abcdefg"[: rng.choice([1, 2, 4, 7])]
    pairs.append((random_tree(rng, rng.randrange(1, 25), labels), random_tree(rng, rng.randrange(1, 25), labels)))
zigzag, left, right = (lambda level: level % 2 == 0), (lambda level: True), (lambda level: False)
for turns in [(zigzag, zigzag), (left, right), (zigzag, left)]:
    pairs.append((spine(14, turns[0]), spine(12, turns[1])))
pairs.append((Node("r", [spine(8, left), spine(7, right)]), Node("s", [spine(7, left), spine(9, right)])))
pairs.append((Node("r", [spine(8, left), spine(7, right)]), Node("s", [spine(7, right), spine(9, left)])))
cases = [json.dumps(measure(a, b)) for a, b in pairs]
Path(__file__).with_name("tree-peers.golden.json").write_text("[\n" + ",\n".join(cases) + "\n]\n")
