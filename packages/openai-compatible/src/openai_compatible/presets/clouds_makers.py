"""Services of those who make the models they serve."""

from __future__ import annotations

from openai_compatible.presets.preset import Preset, seen

__all__ = ["ROWS"]

ROWS = (
    Preset(
        name="openai",
        display_name="OpenAI",
        kind="cloud",
        base_url="https://api.openai.com/v1",
        tier="documented",
        api_key_env=("OPENAI_API_KEY",),
        profile="openai",
        docs="https://platform.openai.com/docs/api-reference/chat/create",
        evidence=seen("openai/openai-python 2.54, 3.3.1, 3.52"),
        notes=("`OPENAI_BASE_URL` is not read: it would send the key to another host.",),
    ),
    Preset(
        name="deepseek",
        display_name="DeepSeek",
        kind="cloud",
        base_url="https://api.deepseek.com",
        tier="documented",
        other_base_urls=("https://api.deepseek.com/v1", "https://api.deepseek.com/beta"),
        api_key_env=("DEEPSEEK_API_KEY",),
        profile="deepseek",
        docs="https://api-docs.deepseek.com",
        evidence=seen("https://api-docs.deepseek.com/guides/thinking_mode", date="2026-11-21")
        + seen(
            "models.dev providers/deepseek",
            "litellm deepseek",
            "deepseek-ai/DeepSeek-V3 #302 #599",
            "langchain-ai/langchain#34166",
        ),
        notes=(
            "Under load it sends blank lines for minutes, sometimes an empty answer.",
            "A beginning of the answer and strict tools need `https://api.deepseek.com/beta`.",
            "While it thinks, temperature and penalties have no effect and tools cannot be forced.",
        ),
    ),
    Preset(
        name="mistral",
        display_name="Mistral",
        kind="cloud",
        base_url="https://api.mistral.ai/v1",
        tier="reported",
        other_base_urls=("https://codestral.mistral.ai/v1",),
        api_key_env=("MISTRAL_API_KEY",),
        profile="mistral",
        docs="https://docs.mistral.ai/api/",
        evidence=seen(
            "vercel/ai packages/mistral",
            "litellm mistral",
            "infiniflow/ragflow#14805",
            "dimetron/pi-go#245",
            "openai/openai-agents-python#442",
        ),
        notes=(
            "Codestral has a host and a key (`CODESTRAL_API_KEY`) of its own.",
            "An answer that continues a given beginning repeats it.",
        ),
    ),
    Preset(
        name="xai",
        display_name="xAI",
        kind="cloud",
        base_url="https://api.x.ai/v1",
        tier="documented",
        api_key_env=("XAI_API_KEY",),
        profile="xai",
        docs="https://docs.x.ai/developers/rest-api-reference/inference",
        evidence=seen("https://docs.x.ai/developers/rest-api-reference/inference", date="2026-11-21")
        + seen("litellm xai", "langchain_xai", "vercel/ai packages/xai"),
        notes=("grok-4 refuses stop and penalties; some models refuse reasoning_effort.",),
    ),
    Preset(
        name="gemini",
        display_name="Google Gemini",
        kind="cloud",
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        tier="documented",
        api_key_env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        profile="gemini",
        docs="https://ai.google.dev/gemini-api/docs/openai",
        evidence=seen("https://ai.google.dev/gemini-api/docs/openai", date="2026-11-21")
        + seen(
            "FuzzAnything/PromptFuzz#42",
            "agentgateway/agentgateway#1464",
            "openai/openai-python#2806",
            "jekalmin/extended_openai_conversation#281",
        ),
        notes=(
            "A parameter it does not know is refused.",
            "The signature in a tool call (`extra_content`) must be sent back with it.",
        ),
    ),
    Preset(
        name="moonshot",
        display_name="Moonshot (Kimi)",
        kind="cloud",
        base_url="https://api.moonshot.ai/v1",
        tier="reported",
        other_base_urls=("https://api.moonshot.cn/v1",),
        api_key_env=("MOONSHOT_API_KEY", "MOONSHOTAI_API_KEY"),
        profile="moonshot",
        docs="https://platform.moonshot.ai/docs",
        evidence=seen(
            "models.dev providers/moonshotai", "litellm moonshot", "vercel/ai packages/moonshotai"
        ),
        notes=(
            "Temperature is from 0 to 1; thinking models take 1 only.",
            "It does not fetch pictures: data URLs only.",
        ),
    ),
    Preset(
        name="dashscope",
        display_name="Alibaba Model Studio (DashScope)",
        kind="cloud",
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        tier="documented",
        other_base_urls=(
            "https://dashscope.aliyuncs.com/compatible-mode/v1",
            "https://dashscope-us.aliyuncs.com/compatible-mode/v1",
            "https://${DASHSCOPE_WORKSPACE_ID}.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1",
        ),
        api_key_env=("DASHSCOPE_API_KEY", "ALIBABA_API_KEY"),
        profile="dashscope",
        docs="https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
        evidence=seen("https://www.alibabacloud.com/help/doc-detail/2833609.html", date="2026-11-21")
        + seen(
            "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
            date="2026-11-21",
        )
        + seen(
            "models.dev providers/alibaba",
            "vercel/ai packages/alibaba",
            "memodb-io/memobase#142",
            "langchain4j/langchain4j#3974",
        ),
        notes=(
            "Open Qwen3 models think only in streams: a call without one is repeated as a stream.",
            "Newer pages give each workspace a host of its own.",
        ),
    ),
    Preset(
        name="zai",
        display_name="Z.AI (Zhipu GLM)",
        kind="cloud",
        base_url="https://api.z.ai/api/paas/v4",
        tier="reported",
        other_base_urls=("https://open.bigmodel.cn/api/paas/v4", "https://api.z.ai/api/coding/paas/v4"),
        api_key_env=("ZAI_API_KEY", "ZHIPU_API_KEY"),
        profile="zai",
        docs="https://docs.z.ai",
        evidence=seen(
            "models.dev providers/zai", "mozilla-ai/any-llm providers/zai", "mlhher/late-cli#72"
        ),
        notes=("The base URL ends with `/v4`, nothing follows it.",),
    ),
    Preset(
        name="minimax",
        display_name="MiniMax",
        kind="cloud",
        base_url="https://api.minimax.io/v1",
        tier="documented",
        other_base_urls=("https://api.minimaxi.com/v1",),
        api_key_env=("MINIMAX_API_KEY",),
        profile="minimax",
        docs="https://platform.minimax.io/docs/api-reference/text-openai-api",
        evidence=seen(
            "https://platform.minimax.io/docs/api-reference/text-openai-api", date="2026-11-21"
        )
        + seen("https://java.agentscope.io/v2/en/integration/model/minimax", date="2026-11-21")
        + seen("mozilla-ai/any-llm providers/minimax", "models.dev providers/minimax"),
        notes=(
            "It has no list of models.",
            "Thinking stands in the text between `<think>` tags; `reasoning_split = true` in extra_body "
            "takes it out.",
            "Temperature is above 0, up to 1.",
        ),
    ),
    Preset(
        name="perplexity",
        display_name="Perplexity",
        kind="cloud",
        base_url="https://api.perplexity.ai",
        tier="reported",
        api_key_env=("PERPLEXITY_API_KEY", "PPLX_API_KEY", "PERPLEXITYAI_API_KEY"),
        profile="perplexity",
        docs="https://docs.perplexity.ai",
        evidence=seen(
            "diegosouzapw/OmniRoute#4654",
            "decolua/9router#1894",
            "vercel/ai packages/perplexity",
            "langchain_perplexity",
        ),
        notes=(
            "The list of models is at `/v1/models`, chat without `/v1`.",
            "Sources come in `citations` and `search_results`.",
        ),
    ),
    Preset(
        name="cohere-compat",
        display_name="Cohere (compatibility API)",
        kind="cloud",
        base_url="https://api.cohere.ai/compatibility/v1",
        tier="documented",
        api_key_env=("CO_API_KEY", "COHERE_API_KEY"),
        profile="cohere",
        docs="https://docs.cohere.com/docs/compatibility-api",
        evidence=seen("https://docs.cohere.com/docs/compatibility-api", date="2026-11-21")
        + seen("vercel/ai packages/cohere", "models.dev cohere"),
    ),
    Preset(
        name="meta-llama",
        display_name="Meta Llama API",
        kind="cloud",
        base_url="https://api.llama.com/compat/v1",
        tier="reported",
        api_key_env=("LLAMA_API_KEY",),
        docs="https://llama.developer.meta.com/docs",
        evidence=seen(
            "models.dev providers/llama",
            "litellm",
            "run-llama/llama_index#18585",
            "meta-llama/llama-models#347",
        ),
        notes=("JSON schemas: a part of the language only.",),
    ),
    Preset(
        name="ollama-cloud",
        display_name="Ollama Cloud",
        kind="cloud",
        base_url="https://ollama.com/v1",
        tier="reported",
        api_key_env=("OLLAMA_API_KEY",),
        profile="ollama_cloud",
        docs="https://docs.ollama.com/cloud",
        evidence=seen(
            "models.dev providers/ollama-cloud", "ollama/ollama#12362", "pydantic-ai providers/ollama.py"
        ),
        notes=("A json_schema is accepted and not enforced.",),
    ),
    Preset(
        name="volcengine",
        display_name="Volcengine Ark",
        kind="cloud",
        base_url="https://ark.cn-beijing.volces.com/api/v3",
        tier="reported",
        other_base_urls=("https://ark.ap-southeast.bytepluses.com/api/v3",),
        api_key_env=("VOLCENGINE_API_KEY", "ARK_API_KEY"),
        profile="volcengine",
        docs="https://www.volcengine.com/docs/82379",
        evidence=seen("litellm volcengine", "HKUDS/nanobot#2462"),
        notes=("max_tokens and max_completion_tokens together are refused.",),
    ),
    Preset(
        name="publicai",
        display_name="Public AI",
        kind="cloud",
        base_url="https://api.publicai.co/v1",
        tier="reported",
        api_key_env=("PUBLICAI_API_KEY",),
        profile="publicai",
        docs="https://platform.publicai.co",
        evidence=seen("litellm openai_like/providers.json", "forpublicai/platform.publicai.co#8"),
        notes=("Its firewall turned away the openai SDK's User-Agent in September 2025.",),
    ),
)
