"""Gateways: one address in front of many services. What works depends on what is behind them."""

from __future__ import annotations

from openai_compatible.presets.preset import Preset, Proof, seen

__all__ = ["ROWS"]

ROWS = (
    Preset(
        name="litellm-proxy",
        display_name="LiteLLM proxy",
        kind="gateway",
        base_url="http://localhost:4000/v1",
        tier="verified",
        api_key_env=("LITELLM_API_KEY",),
        key="optional",
        profile="litellm",
        local_port=4000,
        docs="https://docs.litellm.ai/docs/simple_proxy",
        evidence=seen(
            "LiteLLM proxy 1.106.2, tests/fixtures/litellm_to_llama, litellm_mock, litellm_special",
            "litellm 1.109.1",
            "earendil-works/pi#4563",
        ),
        notes=("What a call cost is in the header `x-litellm-response-cost`.",),
        tested=(
            Proof("litellm", "1.106.2", "2026-11-21", "verified", "tests/conformance/servers"),
            Proof("litellm", "1.106.2", "2026-11-20", "replayed", "tests/fixtures/litellm_to_llama"),
        ),
        start=(
            "litellm --config config.yaml --port 4000",
            "pip install 'litellm[proxy]==1.106.2' prisma",
            "# one model without a file\nlitellm --model SERVICE/MODEL --port 4000",
            "# in a container; VERSION is one such as v1.83.0-stable\n"
            "docker run -v $PWD/config.yaml:/app/config.yaml -p 4000:4000 "
            "ghcr.io/berriai/litellm:VERSION --config /app/config.yaml",
        ),
        start_evidence=seen(
            "LiteLLM 1.106.2, run with a file, without container",
            "BerriAI/litellm-docs docs/proxy/quick_start.md @ef86ded8",
            date="2026-11-21",
        ),
        embeddings=True,
        model_names="The `model_name` of config.yaml.",
    ),
    Preset(
        name="one-api",
        display_name="One API, New API",
        kind="gateway",
        base_url="http://localhost:3000/v1",
        tier="reported",
        local_port=3000,
        docs="https://github.com/songquanpeng/one-api",
        evidence=seen("songquanpeng/one-api", "QuantumNous/new-api #1013 #1109"),
        notes=("Some channels stream although nobody asked: such an answer is put together.",),
        start=(
            "docker run --name new-api -d --restart always -p 3000:3000 -v ./data:/data "
            "calciumion/new-api:VERSION",
        ),
        start_evidence=seen(
            "QuantumNous/new-api README @014c3ef9; nothing of One API", date="2026-11-21"
        ),
        embeddings=True,
        model_names="The names the channels were given.",
    ),
    Preset(
        name="open-webui",
        display_name="Open WebUI",
        kind="gateway",
        base_url="http://localhost:3000/api",
        tier="documented",
        local_port=3000,
        docs="https://docs.openwebui.com/getting-started/api-endpoints/",
        evidence=seen("open-webui documentation", "ITSpecialist111/ai_automation_suggester#122"),
        notes=("Without `/api` a web page answers.",),
        start=(
            "docker run -d -p 3000:8080 -v open-webui:/app/backend/data -e "
            "ENABLE_API_KEYS=true --name open-webui ghcr.io/open-webui/open-webui:v0.8.3",
            "# keys: Settings > Account, once an administrator has enabled them",
        ),
        start_evidence=seen(
            "open-webui/docs docs/reference/api-endpoints.md, "
            "docs/features/authentication-access/api-keys.md @1eea3847",
            date="2026-11-21",
        ),
        model_names="The ids of `GET /api/models`: those of the servers behind it and of models made "
        "in it.",
    ),
    Preset(
        name="openrouter",
        display_name="OpenRouter",
        kind="gateway",
        base_url="https://openrouter.ai/api/v1",
        tier="documented",
        api_key_env=("OPENROUTER_API_KEY",),
        profile="openrouter",
        docs="https://openrouter.ai/docs",
        evidence=seen("https://openrouter.ai/docs/use-cases/reasoning-tokens", date="2026-11-21")
        + seen(
            "models.dev providers/openrouter",
            "langchain_openrouter",
            "litellm openrouter transformation",
            "diegosouzapw/OmniRoute#8210",
            "dirge-code/dirge#719",
        ),
        notes=(
            "`HTTP-Referer` and `X-Title` name your program in its statistics; set them by `headers`.",
            "Which parameters hold depends on the host it chooses; "
            "`provider = { require_parameters = true }` in extra_body chooses one that takes them all.",
        ),
        key_page="https://openrouter.ai/settings/keys",
        embeddings=True,
        model_names="`maker/name`, with `:free`, `:nitro` and the like behind for a way of choosing "
        "the host.",
    ),
    Preset(
        name="requesty",
        display_name="Requesty",
        kind="gateway",
        base_url="https://router.requesty.ai/v1",
        tier="reported",
        api_key_env=("REQUESTY_API_KEY",),
        docs="https://docs.requesty.ai",
        evidence=seen(
            "models.dev providers/requesty",
            "RooCodeInc/Roo-Code fetchers/requesty.ts",
            "mozilla-ai/any-llm providers/requesty",
        ),
        key_page="https://app.requesty.ai/api-keys",
        model_names="`service/model`.",
    ),
    Preset(
        name="vercel-ai-gateway",
        display_name="Vercel AI Gateway",
        kind="gateway",
        base_url="https://ai-gateway.vercel.sh/v1",
        tier="documented",
        api_key_env=("AI_GATEWAY_API_KEY", "VERCEL_AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"),
        profile="vercel_ai_gateway",
        docs="https://vercel.com/docs/ai-gateway",
        evidence=seen("https://vercel.com/docs/ai-gateway/openai-compat/advanced", date="2026-11-21")
        + seen(
            "models.dev providers/vercel",
            "RooCodeInc/Roo-Code fetchers/vercel-ai-gateway.ts",
            "pydantic-ai providers/vercel.py",
        ),
        notes=("An OIDC token runs out: give a callable that fetches it.",),
        key_page="https://vercel.com/d?to=%2F%5Bteam%5D%2F%7E%2Fai%2Fapi-keys",
        embeddings=True,
        model_names="`maker/name`.",
    ),
    Preset(
        name="cloudflare-ai-gateway",
        display_name="Cloudflare AI Gateway",
        kind="gateway",
        base_url="https://gateway.ai.cloudflare.com/v1/${CLOUDFLARE_ACCOUNT_ID}/${CLOUDFLARE_GATEWAY_ID}/compat",
        tier="documented",
        api_key_env=("CLOUDFLARE_API_TOKEN",),
        profile="cloudflare_ai_gateway",
        docs="https://developers.cloudflare.com/ai-gateway/chat-completion/",
        evidence=seen("https://developers.cloudflare.com/ai-gateway/chat-completion/", date="2026-11-21")
        + seen("models.dev providers/cloudflare-ai-gateway", "pi-ai openai-completions.js"),
        notes=(
            "The key is that of the service behind it. A gateway that asks for authentication wants "
            '`cf-aig-authorization = "Bearer ..."` besides: set it by `headers`.',
            "Models are named `service/model`.",
        ),
        key_page="https://dash.cloudflare.com",
        model_names="`service/model`, such as `workers-ai/@cf/maker/name`.",
    ),
    Preset(
        name="helicone",
        display_name="Helicone",
        kind="gateway",
        base_url="https://ai-gateway.helicone.ai/v1",
        tier="reported",
        api_key_env=("HELICONE_API_KEY",),
        docs="https://docs.helicone.ai/gateway/overview",
        evidence=seen("models.dev providers/helicone", "litellm openai_like/providers.json"),
        notes=(
            'The older proxy takes the service\'s key and `Helicone-Auth = "Bearer ..."` by `headers`.',
        ),
        key_page="https://helicone.ai/settings/api-keys",
        embeddings=True,
        model_names="Names of its own, without a slash.",
    ),
    Preset(
        name="portkey",
        display_name="Portkey",
        kind="gateway",
        base_url="https://api.portkey.ai/v1",
        tier="reported",
        api_key_env=("PORTKEY_API_KEY",),
        auth={"style": "header", "name": "x-portkey-api-key"},
        docs="https://portkey.ai/docs",
        evidence=seen(
            "mozilla-ai/any-llm providers/portkey",
            "Aider-AI/aider#2755",
            "@portkey-ai/gateway 1.15.2 in front of llama.cpp, observed",
        ),
        notes=(
            "It must be told what is behind it: `x-portkey-provider`, `x-portkey-virtual-key` or "
            "`x-portkey-config` by `headers`.",
            "The open gateway 1.15.2 on Node 20 failed on every stream.",
        ),
        key_page="https://app.portkey.ai",
        model_names="Those of the service behind it.",
    ),
    Preset(
        name="aimlapi",
        display_name="AI/ML API",
        kind="gateway",
        base_url="https://api.aimlapi.com/v1",
        tier="documented",
        api_key_env=("AIML_API_KEY", "AIMLAPI_API_KEY"),
        docs="https://docs.aimlapi.com",
        evidence=seen("aimlapi-sdk-python 2.24.0rc1", "https://docs.litellm.ai/docs/providers/aiml"),
        key_page="https://aimlapi.com/app/keys",
        embeddings=True,
    ),
    Preset(
        name="fast-ai-chat",
        display_name="fast-ai.chat",
        kind="gateway",
        base_url="https://api.fast-ai.chat/v1",
        tier="reported",
        docs="https://fast-ai.chat",
        evidence=seen("PonyBunny, its guide to OpenAI-compatible endpoints"),
        notes=(
            "Nothing but its address and that its keys begin with `tb_` is known.",
            "No variable for its key is known: name one by `api_key_env`.",
        ),
    ),
    Preset(
        name="aihubmix",
        display_name="AIHubMix",
        kind="gateway",
        base_url="https://aihubmix.com/v1",
        tier="reported",
        api_key_env=("AIHUBMIX_API_KEY",),
        docs="https://docs.aihubmix.com",
        evidence=seen("litellm openai_like/providers.json", "cline/cline getAihubmixModels.ts"),
        key_page="https://console.aihubmix.com/token",
        model_names="Names of its own, without a slash.",
    ),
    Preset(
        name="poe",
        display_name="Poe",
        kind="gateway",
        base_url="https://api.poe.com/v1",
        tier="reported",
        api_key_env=("POE_API_KEY",),
        docs="https://creator.poe.com/docs",
        evidence=seen("models.dev providers/poe", "litellm openai_like/providers.json"),
        key_page="https://poe.com/api_key",
    ),
    Preset(
        name="huggingface",
        display_name="Hugging Face router",
        kind="gateway",
        base_url="https://router.huggingface.co/v1",
        tier="reported",
        api_key_env=("HF_TOKEN",),
        docs="https://huggingface.co/docs/inference-providers",
        evidence=seen("models.dev providers/huggingface", "vercel/ai packages/huggingface"),
        notes=("A model may be followed by `:service` (general knowledge, nothing was read).",),
        key_page="https://huggingface.co/settings/tokens",
        model_names="`org/model`, with `:service` behind to choose who serves it.",
    ),
    Preset(
        name="opencode-zen",
        display_name="OpenCode Zen",
        kind="gateway",
        base_url="https://opencode.ai/zen/v1",
        tier="reported",
        other_base_urls=("https://opencode.ai/zen/go/v1",),
        api_key_env=("OPENCODE_API_KEY",),
        profile="opencode_zen",
        docs="https://opencode.ai/docs/zen",
        evidence=seen("posit-dev/positron#13789", "anomalyco/opencode #41320 #24083"),
        notes=(
            "An unknown model is answered with 401.",
            "Its firewall has turned away the openai SDK's User-Agent.",
        ),
        key_page="https://opencode.ai/zen",
        model_names="Names of its own, without a slash.",
    ),
)
