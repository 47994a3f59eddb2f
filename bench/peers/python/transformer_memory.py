"""Memory of training steps of MiniLM's shape in PyTorch: as bench/scale/native-models.ts measures it, for the same 32 texts of 128 tokens.

usage: python bench/peers/python/transformer_memory.py [STEPS]
"""

import json
import sys
import time

import transformer_step

CONFIG = {
    "model_type": "bert",
    "num_hidden_layers": 6,
    "hidden_size": 384,
    "num_attention_heads": 12,
    "intermediate_size": 1536,
}


def memory(field):
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(field))


run, _ = transformer_step.prepare({"pairs": 16, "tokens": 128, "config": json.dumps(CONFIG)})
highest, before = memory("VmHWM"), memory("VmRSS")
with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
    file.write("5")
rises, processor = [], []
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
    started = time.process_time()
    run()
    processor.append(time.process_time() - started)
    rises.append(round(memory("VmHWM") - before))
print(
    f"PyTorch, 32 × 128 tokens: {min(processor):.1f} s of processor, "
    f"peak {max(highest, memory('VmHWM')) / 1024:.2f} GiB, risen by {', '.join(map(str, rises))} MiB"
)
