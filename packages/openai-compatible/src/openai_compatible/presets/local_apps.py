"""Programs of one's own that hold several models."""

from __future__ import annotations

from openai_compatible.presets.preset import Preset, Proof, seen

__all__ = ["ROWS"]

ROWS = (
    Preset(
        name="ollama",
        display_name="Ollama",
        kind="local",
        base_url="http://localhost:11434/v1",
        tier="documented",
        key="none",
        profile="ollama",
        local_port=11434,
        docs="https://docs.ollama.com/api/openai-compatibility",
        evidence=seen(
            "ollama/ollama openai/openai.go, middleware/openai.go @fb307609", "ollama/ollama#17921"
        ),
        notes=(
            "The context size cannot be set by a request; longer prompts are cut without a word. Set "
            "`OLLAMA_CONTEXT_LENGTH` for the server.",
            "Temperature and top_p are 1.0 where a request names none, whatever the Modelfile says.",
            "Images only as data URLs.",
        ),
        start=(
            "ollama serve",
            "# a model for chat, and one for embeddings\nollama pull MODEL\nollama pull EMBEDDING_MODEL",
            "# a longer context: without it 4,096 tokens where graphics memory is below 24 "
            "GiB\n"
            "OLLAMA_CONTEXT_LENGTH=32768 ollama serve",
            "# in a container; with NVIDIA's toolkit add --gpus=all\n"
            "docker run -d -v ollama:/models -e OLLAMA_MODELS=/models -p 11434:11434 --name ollama "
            "ollama/ollama:0.32.15",
        ),
        start_evidence=seen(
            "ollama/ollama docs/docker.mdx, docs/context-length.mdx, docs/cli.mdx "
            "@fb307609; release 0.32.15",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="`name:tag`, such as `NAME:8b`; without a tag `:latest` is meant. `ollama list` "
        "shows them.",
    ),
    Preset(
        name="lmstudio",
        display_name="LM Studio",
        kind="local",
        base_url="http://localhost:1234/v1",
        tier="documented",
        api_key_env=("LMSTUDIO_API_KEY", "LM_STUDIO_API_KEY"),
        key="optional",
        profile="lmstudio",
        local_port=1234,
        docs="https://lmstudio.ai/docs/developer/openai-compat",
        evidence=seen(
            "lmstudio-ai/docs 1_developer", "lmstudio-ai/lmstudio-bug-tracker #189 #307 #670 #1806 #2403"
        ),
        notes=(
            "An unknown model name may load a model.",
            "A prompt over the loaded context length is answered with nonsense instead of an error.",
            "Images only as data URLs.",
        ),
        start=(
            "lms server start --port 1234",
            "# a model, with the context it is to have, under a name of your own\n"
            "lms get MODEL\n"
            "lms load MODEL --context-length 8192 --identifier my-model",
            "# on a machine without a screen\n"
            "curl -fsSL https://lmstudio.ai/install.sh | bash\n"
            "lms daemon up\n"
            "lms server start --port 1234",
        ),
        start_evidence=seen("lmstudio-ai/docs 3_cli, 1_developer/0_core @c6854fb", date="2026-11-21"),
        embeddings=True,
        model_names="The key that `lms ls` shows, such as `maker/name`, with `@q4_k_m` for one of "
        "its forms, or what `--identifier` said when it was loaded.",
    ),
    Preset(
        name="localai",
        display_name="LocalAI",
        kind="local",
        base_url="http://localhost:8080/v1",
        tier="documented",
        api_key_env=("LOCALAI_API_KEY",),
        key="optional",
        profile="localai",
        local_port=8080,
        docs="https://localai.io",
        evidence=seen("mudler/LocalAI core/http/auth/middleware.go, core/cli/run.go @82c191af"),
        notes=("The list of models also has those for sound and images.",),
        start=(
            "local-ai run MODEL",
            "# in a container; the images for NVIDIA end with -gpu-nvidia-cuda-12 and need "
            "--gpus all\n"
            "docker run -ti --name local-ai -p 8080:8080 -v $PWD/models:/models "
            "localai/localai:v4.9.0 MODEL",
            "# what can be installed, also for embeddings\n"
            "local-ai models list\n"
            "local-ai models install EMBEDDING_MODEL",
            "# with a key\nLOCALAI_API_KEY=KEY local-ai run MODEL",
        ),
        start_evidence=seen(
            "mudler/LocalAI docs/content/getting-started/quickstart.md, containers.md "
            "@82c191af; release v4.9.0",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="The `name` in the model's YAML file, or its name in the gallery. It may be any, "
        "also `gpt-3.5-turbo`, and says nothing about the model.",
    ),
    Preset(
        name="text-generation-webui",
        display_name="Text Generation WebUI",
        kind="local",
        base_url="http://localhost:5000/v1",
        tier="documented",
        key="optional",
        local_port=5000,
        docs="https://github.com/oobabooga/text-generation-webui/wiki/12-%E2%80%90-OpenAI-API",
        evidence=seen("oobabooga/text-generation-webui modules/api/script.py, modules/shared.py"),
        notes=(
            "Any model name is answered by the loaded model.",
            "Streams have one choice, whatever n says.",
        ),
        start=(
            "./start_linux.sh --api --model MODEL",
            "# start_windows.bat and start_macos.sh elsewhere; without the web page:\n"
            "python server.py --api --nowebui --model MODEL",
            "# another port, and a key\n"
            "./start_linux.sh --api --api-port 5001 --api-key KEY --model MODEL",
        ),
        start_evidence=seen(
            "oobabooga/textgen README, docs/12 - OpenAI API.md @1dcde41d, release v4.7.3",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="The name of the loaded model's file or folder; any name is answered.",
    ),
    Preset(
        name="jan",
        display_name="Jan",
        kind="local",
        base_url="http://localhost:1337/v1",
        tier="documented",
        local_port=1337,
        docs="https://jan.ai/docs/api-server",
        evidence=seen("menloresearch/jan docs/src/pages/docs/api-server.mdx"),
        notes=("Any word will do as a key, but it must be the one set in the app.",),
        start=(
            "jan serve MODEL --port 1337 --api-key KEY",
            "# or in the app: Settings > Local API Server, set an API key, Start Server",
        ),
        start_evidence=seen(
            "janhq/jan docs/src/pages/docs/desktop/api-server.mdx @69b62a55, cli.mdx @0315e110",
            date="2026-11-21",
        ),
        model_names="The id the app shows, or what `jan models list` shows.",
    ),
    Preset(
        name="anythingllm",
        display_name="AnythingLLM",
        kind="local",
        base_url="http://localhost:3001/api/v1/openai",
        tier="documented",
        profile="anythingllm",
        local_port=3001,
        docs="https://docs.anythingllm.com",
        evidence=seen(
            "Mintplex-Labs/anything-llm server/endpoints/api/openai/index.js",
            "Mintplex-Labs/anything-llm#2998",
        ),
        notes=(
            "The model is the slug of a workspace; an unknown one is answered with 401.",
            "The last message must be the user's.",
        ),
        start=(
            "docker run -d -p 3001:3001 --cap-add SYS_ADMIN --name anythingllm -v "
            "$PWD/anythingllm:/app/server/storage -e STORAGE_DIR=/app/server/storage "
            "mintplexlabs/anythingllm:VERSION",
            "# the desktop app has the same API; keys are made in its settings, by those who may",
        ),
        start_evidence=seen(
            "Mintplex-Labs/anythingllm-docs pages/installation-docker/local-docker.mdx, "
            "pages/features/api.mdx @d020db9",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="The slug of a workspace, not of a model.",
    ),
    Preset(
        name="koboldcpp",
        display_name="KoboldCpp",
        kind="local",
        base_url="http://localhost:5001/v1",
        tier="documented",
        key="optional",
        profile="koboldcpp",
        local_port=5001,
        docs="https://github.com/LostRuins/koboldcpp/wiki",
        evidence=seen("LostRuins/koboldcpp koboldcpp.py"),
        start=(
            "python koboldcpp.py --model MODEL.gguf --port 5001 --contextsize 8192",
            "# the programs that can be downloaded take the same; with a key\n"
            "./koboldcpp --model MODEL.gguf --port 5001 --password KEY --skiplauncher",
        ),
        start_evidence=seen(
            "LostRuins/koboldcpp koboldcpp.py, README @2da346a5, of October 2024", date="2026-11-21"
        ),
        model_names="`koboldcpp/` and the name of the file; which names it answers is not known.",
    ),
    Preset(
        name="tabbyapi",
        display_name="TabbyAPI",
        kind="local",
        base_url="http://localhost:5000/v1",
        tier="documented",
        local_port=5000,
        docs="https://github.com/theroyallab/tabbyAPI/wiki",
        evidence=seen("theroyallab/tabbyAPI common/auth.py"),
        notes=(
            "The key is on by default; `disable_auth` of the server switches it off.",
            "The key may also come as `x-api-key`.",
        ),
        start=(
            "./start.sh",
            "# host, port and model are in config.yml, a copy of config_sample.yml; a "
            "model:\n"
            "./start.sh download ORG/REPOSITORY --revision 4.0bpw",
            "# keys are made at the first start, in api_tokens.yml; without: disable_auth in config.yml",
        ),
        start_evidence=seen(
            "theroyallab/tabbyAPI docs/01.-Getting-Started.md, 02, 03, config_sample.yml @e632af4",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="The name of the model's folder; `model_name` in config.yml loads one at the start.",
    ),
    Preset(
        name="xinference",
        display_name="Xorbits Inference",
        kind="local",
        base_url="http://localhost:9997/v1",
        tier="replayed",
        api_key_env=("XINFERENCE_API_KEY",),
        key="optional",
        profile="xinference",
        local_port=9997,
        docs="https://inference.readthedocs.io",
        evidence=seen(
            "Xinference 4.1.0, tests/fixtures/mid_stream_errors/xinference_context_overflow",
            "Xinference 4.1.0 over its llama.cpp engine, observed",
            "xorbitsai/inference xinference/constants.py",
            "xorbitsai/inference#5252",
        ),
        notes=(
            "One recording is replayed, an error in a stream; the other answers were observed only.",
            "The name of the key's variable is a guess.",
            "Reasoning is lost in answers that are not streamed.",
        ),
        tested=(
            Proof("xinference", "4.1.0", "2026-11-20", "replayed", "tests/fixtures/mid_stream_errors"),
        ),
        start=(
            "xinference-local --host 127.0.0.1 --port 9997",
            "# then a model, under a name of your own\n"
            "xinference launch --model-name NAME --model-engine vllm --size-in-billions 7 "
            "--model-format pytorch --model-uid MODEL",
            "# version 4 asks for a login unless told otherwise\n"
            "XINFERENCE_AUTH_ADVANCED=0 xinference-local --host 127.0.0.1 --port 9997",
            "# in a container\n"
            "docker run -d -p 9997:9997 -e XINFERENCE_HOME=/data -v $PWD/data:/data --gpus "
            "all xprobe/xinference:v4.1.0 xinference-local -H 0.0.0.0",
        ),
        start_evidence=seen(
            "Xinference 4.1.0, run, without container",
            "xorbitsai/inference README, doc/source/getting_started @7ecec16b",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="What `--model-uid` says, or the name of the model that was launched.",
    ),
    Preset(
        name="docker-model-runner",
        display_name="Docker Model Runner",
        kind="local",
        base_url="http://localhost:12434/engines/v1",
        tier="documented",
        other_base_urls=(
            "http://model-runner.docker.internal/engines/v1",
            "http://model-runner.docker.internal/engines/llama.cpp/v1",
        ),
        key="none",
        local_port=12434,
        docs="https://docs.docker.com/ai/model-runner/",
        evidence=seen("litellm llms/docker_model_runner/chat/transformation.py")
        + seen("https://docs.docker.com/reference/cli/docker/model/install-runner", date="2026-11-21"),
        notes=("From a container of Docker Desktop it is at `model-runner.docker.internal`.",),
        start=(
            "docker model run MODEL",
            "# Docker Engine; it listens at port 12434 by itself\n"
            "sudo apt-get install docker-model-plugin\n"
            "docker model pull MODEL",
            "# Docker Desktop\ndocker desktop enable model-runner --tcp 12434",
        ),
        start_evidence=seen(
            "docker/docs content/manuals/ai/model-runner/get-started.md @00ba4d32, "
            "api-reference.md @24a02dd7",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="As it was pulled: `ai/NAME:TAG` from Docker Hub, `hf.co/ORG/REPOSITORY` from "
        "Hugging Face.",
    ),
    Preset(
        name="lemonade",
        display_name="AMD Lemonade",
        kind="local",
        base_url="http://localhost:13305/v1",
        tier="documented",
        other_base_urls=("http://localhost:13305/api/v1", "http://localhost:8000/api/v1"),
        api_key_env=("LEMONADE_API_KEY",),
        key="optional",
        local_port=13305,
        docs="https://lemonade-server.ai/docs/",
        evidence=seen(
            "lemonade-sdk/lemonade README, docs/api/openai.md @e385039e, release v11.7.0",
            date="2026-11-21",
        )
        + seen("litellm llms/lemonade/chat/transformation.py"),
        notes=("Older releases listen at port 8000, under `/api/v1`.",),
        start=(
            "lemonade run MODEL",
            "# it starts with the system; on Ubuntu\n"
            "sudo add-apt-repository ppa:lemonade-team/stable\n"
            "sudo apt install lemonade-server\n"
            "lemonade pull MODEL",
            "# in a container, for this machine only, with a key\n"
            "docker run -d --name lemonade-server -p 127.0.0.1:13305:13305 -e "
            "LEMONADE_API_KEY=KEY -v lemonade-data:/opt/lemonade/.cache/lemonade "
            "ghcr.io/lemonade-sdk/lemonade-server:VERSION",
        ),
        start_evidence=seen(
            "lemonade-sdk/lemonade docs/guide/install/ubuntu.md, docker.md, "
            "docs/guide/cli.md @e385039e, release v11.7.0",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="The names that `lemonade list` shows, `user.NAME` for models of your own, and "
        "aliases.",
    ),
    Preset(
        name="mlx-servers",
        display_name="mlx-lm, mlx-vlm, vllm-mlx",
        kind="local",
        base_url="http://localhost:8080/v1",
        tier="reported",
        key="none",
        local_port=8080,
        docs="https://github.com/ml-explore/mlx-lm",
        evidence=seen("Blaizzy/mlx-vlm#1408", "waybarrios/vllm-mlx#538"),
        notes=(
            "vllm-mlx answers json_schema with 200 and text that need not fit.",
            "Older ones refuse stream_options.",
        ),
        start=(
            "mlx_lm.server --model MODEL --port 8080",
            "pip install mlx-lm==0.31.3",
        ),
        start_evidence=seen(
            "ml-explore/mlx-lm mlx_lm/SERVER.md @d78bf58e, release v0.31.3; nothing of "
            "mlx-vlm and vllm-mlx",
            date="2026-11-21",
        ),
        model_names="The repository (`mlx-community/...`) or path.",
    ),
)
