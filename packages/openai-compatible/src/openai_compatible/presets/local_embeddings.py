"""Servers of one's own that serve embeddings only."""

from __future__ import annotations

from openai_compatible.presets.preset import Preset, seen

__all__ = ["ROWS"]

ROWS = (
    Preset(
        name="infinity",
        display_name="Infinity",
        kind="local",
        base_url="http://localhost:7997",
        tier="documented",
        other_base_urls=("http://localhost:7997/v1",),
        api_key_env=("INFINITY_API_KEY",),
        key="optional",
        profile="infinity",
        local_port=7997,
        docs="https://github.com/michaelfeil/infinity",
        evidence=seen(
            "michaelfeil/infinity env.py, fastapi_schemas/pymodels.py",
            "infinity-emb 0.0.78, observed; not among the recordings",
            "michaelfeil/infinity #36 #295 #349",
        ),
        notes=("Embeddings only.", "No `/v1` unless the server was started with `--url-prefix /v1`."),
        start=(
            "infinity_emb v2 --model-id EMBEDDING_MODEL --port 7997 --url-prefix /v1",
            "pip install 'infinity-emb[server,torch]==0.0.78'",
            "# in a container\n"
            "docker run -it --gpus all -v $PWD/data:/app/.cache -p 7997:7997 "
            "michaelf34/infinity:0.0.77 v2 --model-id EMBEDDING_MODEL --port 7997 "
            "--url-prefix /v1",
            "# with a key\ninfinity_emb v2 --model-id EMBEDDING_MODEL --api-key KEY --url-prefix /v1",
        ),
        start_evidence=seen(
            "infinity-emb 0.0.78, run, without container",
            "michaelfeil/infinity README @fcb951c",
            date="2026-11-21",
        ),
        chat=False,
        embeddings=True,
        model_names="The repository (`org/model`), or what `--served-model-name` says.",
    ),
    Preset(
        name="tei",
        display_name="Text Embeddings Inference",
        kind="local",
        base_url="http://localhost:8080/v1",
        tier="documented",
        key="optional",
        profile="tei",
        local_port=8080,
        docs="https://huggingface.co/docs/text-embeddings-inference",
        evidence=seen(
            "huggingface/text-embeddings-inference router/src/http/types.rs",
            "huggingface/text-embeddings-inference#288",
            "etalab-ia/OpenGateLLM#440",
        ),
        notes=(
            "Embeddings only.",
            "Texts that are too long are cut since 1.9, unless the server was started with "
            "`AUTO_TRUNCATE=false`; before, they were refused unless `--auto-truncate` was given.",
        ),
        start=(
            "docker run -p 8080:80 -v $PWD/data:/data "
            "ghcr.io/huggingface/text-embeddings-inference:cpu-1.9 --model-id "
            "EMBEDDING_MODEL",
            "# on graphics cards\n"
            "docker run --gpus all -p 8080:80 -v $PWD/data:/data "
            "ghcr.io/huggingface/text-embeddings-inference:cuda-1.9 --model-id "
            "EMBEDDING_MODEL",
            "# with a key, a name, and texts that are too long refused instead of cut\n"
            "docker run -p 8080:80 -v $PWD/data:/data -e API_KEY=KEY -e "
            "AUTO_TRUNCATE=false ghcr.io/huggingface/text-embeddings-inference:cpu-1.9 "
            "--model-id EMBEDDING_MODEL --served-model-name NAME",
        ),
        start_evidence=seen(
            "huggingface/text-embeddings-inference README @0d124dc, release v1.9.3", date="2026-11-21"
        ),
        chat=False,
        embeddings=True,
        model_names="The repository (`org/model`), or what `--served-model-name` says.",
    ),
)
