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


def distance(pair):
    output = subprocess.run([*COMMAND, *pair], check=True, capture_output=True, text=True).stdout
    return [*pair, int(float(output.strip().splitlines()[0]))]


with ThreadPoolExecutor(2) as pool:
    cases = list(pool.map(distance, pairs))
Path(__file__).with_name("apted.golden.json").write_text(json.dumps({"cases": cases}, indent=0) + "\n")
