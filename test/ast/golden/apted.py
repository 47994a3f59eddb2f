"""Writes apted.golden.json: distances of random trees by APTED's own command line.

Usage: APTED_CLASSPATH=path/to/classes python3 apted.py     (DatabaseGroup/apted, Java 17)
"""

import json
import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

COMMAND = ["java", "-cp", os.environ["APTED_CLASSPATH"], "at.unisalzburg.dbresearch.apted.util.CommandLine", "-t"]


def tree(rng, size, labels, depth):
    """A random recursive tree: the parent is drawn among the last `depth` nodes, which makes it deep or flat."""
    children = [[] for _ in range(size)]
    for node in range(1, size):
        children[rng.randrange(max(0, node - depth), node)].append(node)
    name = [rng.choice(labels) for _ in range(size)]

    def show(node):
        return "{" + name[node] + "".join(show(child) for child in children[node]) + "}"

    return show(0)


rng = random.Random(5)
pairs = []
for case in range(160):
    labels = "abcdefghij"[: rng.choice([1, 2, 4, 10])]
    depth = rng.choice([1, 2, 5, 100])
    first = tree(rng, rng.randrange(1, 40), labels, depth)
    second = tree(rng, rng.randrange(1, 40), labels, rng.choice([depth, 100]))
    pairs.append((first, second))


def spine(depth, label, turn):
    """A spine of inner nodes with a leaf beside each; `turn` says whether it goes on at the left."""
    text = "{" + label + "}"
    for level in range(depth, 0, -1):
        leaf = "{" + "xyz"[level % 3] + "}"
        text = "{" + label + (text + leaf if turn(level) else leaf + text) + "}"
    return text


zigzag, left, right = (lambda level: level % 2 == 0), (lambda level: True), (lambda level: False)
for depth in [70]:
    pairs.append((spine(depth, "a", zigzag), spine(depth - 5, "b", zigzag)))
    pairs.append((spine(depth, "a", left), spine(depth - 5, "b", right)))
    pairs.append((spine(depth, "a", zigzag), spine(depth - 5, "b", left)))
    first = "{r" + spine(depth, "a", left) + spine(depth, "b", right) + "}"
    pairs.append((first, "{s" + spine(depth - 3, "b", left) + spine(depth - 4, "a", right) + "}"))
    pairs.append((first, "{s" + spine(depth - 3, "a", right) + spine(depth - 4, "b", left) + "}"))


def distance(pair):
    output = subprocess.run([*COMMAND, *pair], check=True, capture_output=True, text=True).stdout
    return [*pair, int(float(output.strip().splitlines()[0]))]


with ThreadPoolExecutor(2) as pool:
    cases = list(pool.map(distance, pairs))
Path(__file__).with_name("apted.golden.json").write_text(json.dumps({"cases": cases}, indent=0) + "\n")
