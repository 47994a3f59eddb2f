"""Ten steps of torch.optim.AdamW over a matrix that decays and a vector that does not, gradients clipped to norm 1.

usage: python test/onnx/golden/adam-w.py > test/onnx/golden/adam-w.golden.json
"""

import json

import torch

torch.manual_seed(0)
matrix = torch.nn.Parameter(torch.randn(3, 4))
vector = torch.nn.Parameter(torch.randn(4))
groups = [{"params": [matrix], "weight_decay": 0.1}, {"params": [vector], "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.98), eps=1e-6)


def numbers(tensor):
    return [float(value) for value in tensor.detach().flatten()]


start = {"matrix": numbers(matrix), "vector": numbers(vector)}
steps = []
for step in range(10):
    # Some steps are longer than the norm, some are shorter.
    scale = 0.2 if step % 3 == 0 else 2.0
    matrix.grad, vector.grad = scale * torch.randn(3, 4), scale * torch.randn(4)
    gradients = {"matrix": numbers(matrix.grad), "vector": numbers(vector.grad)}
    norm = torch.nn.utils.clip_grad_norm_([matrix, vector], 1.0)
    optimizer.step()
    steps.append(
        {"gradients": gradients, "norm": float(norm), "matrix": numbers(matrix), "vector": numbers(vector)}
    )
moments = {
    name: [numbers(optimizer.state[parameter][key]) for key in ("exp_avg", "exp_avg_sq")]
    for name, parameter in (("matrix", matrix), ("vector", vector))
}
print(json.dumps({"torch": torch.__version__, "start": start, "steps": steps, "moments": moments}))
