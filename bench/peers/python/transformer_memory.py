"""Memory of training steps in PyTorch, as bench/scale/native-models.ts measures it, for as many texts of 128 tokens.

usage: python bench/peers/python/transformer_memory.py [STEPS] [TEXTS] [CONFIG] [LORA]
       CONFIG is JSON, MiniLM's shape by default; LORA is the rank of PEFT's updates
"""

import json
import sys
import time

import transformer_step

MINILM = {
    "model_type": "bert",
    "num_hidden_layers": 6,
    "hidden_size": 384,
    "num_attention_heads": 12,
    "intermediate_size": 1536,
}


def memory(field):
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(field))


steps, texts, config, lora = (sys.argv[1:] + [None] * 4)[:4]
data = {"pairs": int(texts or 32) // 2, "tokens": 128, "config": config or json.dumps(MINILM)}
run, _ = transformer_step.prepare(data if lora is None else {**data, "lora": int(lora)})
highest, before = memory("VmHWM"), memory("VmRSS")
with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
    file.write("5")
rises, processor = [], []
for _ in range(int(steps or 3)):
    started = time.process_time()
    run()
    processor.append(time.process_time() - started)
    rises.append(round(memory("VmHWM") - before))
print(
    f"PyTorch, {2 * data['pairs']} × 128 tokens: {min(processor):.1f} s of processor, "
    f"peak {max(highest, memory('VmHWM')) / 1024:.2f} GiB, risen by {', '.join(map(str, rises))} MiB"
)
