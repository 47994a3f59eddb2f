"""One rival in a process of its own, driven by lines of JSON on standard input (bench/runner/messages.ts).

usage: python contender.py MODULE

A module has `prepare(data)`, which returns what is timed and a function from its result to a list of numbers, the
outcome. `data` is input.json, with arrays of NumPy where typed arrays were written.
"""

import importlib
import json
import os
import statistics
import sys
import time
import traceback

import numpy

rival = importlib.import_module(sys.argv[1])
run = None


def load(folder):
    with open(os.path.join(folder, "input.json"), encoding="utf-8") as file:
        data = json.load(file)
    for name, value in data.items():
        if isinstance(value, dict) and "file" in value:
            data[name] = numpy.fromfile(os.path.join(folder, value["file"]), dtype=value["type"])
    return data


def memory_field(field):
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))
    except (OSError, StopIteration):
        return None


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
        return memory_field("VmRSS")
    except OSError:
        return None


def prepare(request):
    global run
    run, outcome = rival.prepare(load(request["folder"]))
    before = reset_peak()
    started = time.perf_counter()
    result = run()
    milliseconds = (time.perf_counter() - started) * 1000
    peak = memory_field("VmHWM")
    memory = None if before is None or peak is None else max(0, peak - before)
    return {"outcome": [float(value) for value in outcome(result)], "memory": memory, "milliseconds": milliseconds}


def measure(request):
    times = []
    cpu, began = time.process_time(), time.perf_counter()
    while not times or (time.perf_counter() - began) * 1000 < request["milliseconds"]:
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    cpu = time.process_time() - cpu
    return {"clock": statistics.median(times) * 1000, "cpu": cpu * 1000 / len(times)}


for line in sys.stdin:
    try:
        request = json.loads(line)
        reply = prepare(request) if request["do"] == "prepare" else measure(request)
    except Exception:
        reply = {"error": traceback.format_exc()}
    print("bench-reply " + json.dumps(reply), flush=True)
