"""Serves a model by the OpenAI protocol on 127.0.0.1, as people do on their own machines.

usage: serve.py transformers|sentence-transformers|llama.cpp MODEL PORT

  transformers            `transformers serve` with a tiny checkpoint of random weights, made in the folder MODEL
  sentence-transformers   embeddings of the folder MODEL; more than 32 texts in a request are refused with 413
  llama.cpp               llama.cpp's own server with the GGUF file MODEL
"""

import sys


def make_checkpoint(folder):
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(["<|im_start|>", "<|im_end|>", *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    fast.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=2048,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )
    model.save_pretrained(folder)
    fast.save_pretrained(folder)


def serve_transformers(folder, port):
    make_checkpoint(folder)
    from transformers.cli.transformers import main

    sys.argv = ["transformers", "serve", folder, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    main()


def serve_sentence_transformers(folder, port):
    import uvicorn
    from fastapi import FastAPI, Request
    from fastapi.responses import JSONResponse
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder, device="cpu")
    app = FastAPI()

    @app.get("/v1/models")
    def models():
        return {"object": "list", "data": [{"id": "encoder", "object": "model"}]}

    @app.post("/v1/embeddings")
    async def embeddings(request: Request):
        texts = (await request.json())["input"]
        if len(texts) > 32:
            error = {"message": f"batch size {len(texts)} > maximum allowed batch size 32", "type": "Validation"}
            return JSONResponse({"error": error}, status_code=413)
        rows = model.encode(texts, normalize_embeddings=True).tolist()
        data = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)]
        return {"object": "list", "model": "encoder", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def serve_llama_cpp(file, port):
    import threading

    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = file
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.use_jinja = True
    parameters.n_ctx = 1024
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    threading.Event().wait()
    del server


SERVERS = {
    "transformers": serve_transformers,
    "sentence-transformers": serve_sentence_transformers,
    "llama.cpp": serve_llama_cpp,
}

kind, model, port = sys.argv[1:]
SERVERS[kind](model, int(port))
