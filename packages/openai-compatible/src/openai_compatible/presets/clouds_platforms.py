"""Cloud platforms: an account, a region or a resource is part of the address or of the key."""

from __future__ import annotations

from openai_compatible.presets.preset import Preset, seen

__all__ = ["ROWS"]

ROWS = (
    Preset(
        name="azure-openai",
        display_name="Azure OpenAI (deployments)",
        kind="cloud",
        base_url="https://${AZURE_RESOURCE_NAME}.openai.azure.com/openai/deployments/${AZURE_DEPLOYMENT}",
        tier="reported",
        other_base_urls=(
            "https://${AZURE_RESOURCE_NAME}.cognitiveservices.azure.com/openai/deployments/${AZURE_DEPLOYMENT}",
        ),
        api_key_env=("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
        auth={"style": "header", "name": "api-key"},
        query={"api-version": "${OPENAI_API_VERSION}"},
        profile="azure",
        docs="https://learn.microsoft.com/azure/ai-foundry/openai/reference",
        evidence=seen(
            "pydantic-ai providers/azure.py",
            "langchain_openai AzureChatOpenAI",
            "vercel/ai packages/azure",
            "Azure/azure-sdk-for-go#21086",
        ),
        notes=(
            "Each deployment has its own address: give further ones as `base_url` of their models.",
            'With Entra write `auth = "bearer"` and give a callable as key: tokens last an hour.',
            "The list of models is not that of the deployments.",
        ),
    ),
    Preset(
        name="azure-v1",
        display_name="Azure OpenAI and Foundry (v1)",
        kind="cloud",
        base_url="https://${AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
        tier="documented",
        other_base_urls=("https://${AZURE_RESOURCE_NAME}.services.ai.azure.com/openai/v1",),
        api_key_env=("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
        auth={"style": "header", "name": "api-key"},
        profile="azure",
        docs="https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle",
        evidence=seen(
            "https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle", date="2026-11-21"
        )
        + seen("pydantic/pydantic-ai #5066 #5071", "vercel/ai packages/azure"),
        notes=(
            "The model is the name of the deployment.",
            "A dated `api-version` is refused here.",
            'With Entra write `auth = "bearer"` and give a callable as key: tokens last an hour.',
        ),
    ),
    Preset(
        name="vertex",
        display_name="Google Vertex AI",
        kind="cloud",
        base_url="https://${GOOGLE_VERTEX_LOCATION}-aiplatform.googleapis.com/v1/projects/"
        "${GOOGLE_VERTEX_PROJECT}/locations/${GOOGLE_VERTEX_LOCATION}/endpoints/openapi",
        tier="reported",
        docs="https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview",
        evidence=seen("models.dev google-vertex", "vercel/ai packages/google-vertex"),
        notes=(
            "The key is an OAuth access token that lasts an hour: give a callable that fetches it. "
            "`GOOGLE_APPLICATION_CREDENTIALS` names a file, not a key.",
        ),
    ),
    Preset(
        name="bedrock-openai",
        display_name="Amazon Bedrock (OpenAI endpoint)",
        kind="cloud",
        base_url="https://bedrock-mantle.${AWS_REGION}.api.aws/v1",
        tier="documented",
        other_base_urls=(
            "https://bedrock-mantle.${AWS_REGION}.api.aws/openai/v1",
            "https://bedrock-runtime.${AWS_REGION}.amazonaws.com/openai/v1",
        ),
        api_key_env=("AWS_BEARER_TOKEN_BEDROCK",),
        docs="https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html",
        evidence=seen(
            "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.md",
            date="2026-11-21",
        )
        + seen("vercel/ai packages/amazon-bedrock", "pydantic-ai providers/bedrock_mantle.py"),
        notes=(
            "Some models are at `/openai/v1` of the same host instead.",
            "For new programs Amazon recommends the host `bedrock-runtime`.",
            "Requests signed with SigV4 are not made: a Bedrock API key is needed.",
        ),
    ),
    Preset(
        name="snowflake",
        display_name="Snowflake Cortex",
        kind="cloud",
        base_url="https://${SNOWFLAKE_ACCOUNT}.snowflakecomputing.com/api/v2/cortex/v1",
        tier="documented",
        api_key_env=("SNOWFLAKE_PAT",),
        profile="snowflake",
        docs="https://docs.snowflake.com/en/user-guide/snowflake-cortex/open_ai_sdk",
        evidence=seen(
            "https://docs.snowflake.com/user-guide/snowflake-cortex/open_ai_sdk", date="2026-11-21"
        )
        + seen("pydantic-ai providers/snowflake.py"),
        notes=(
            "The key is a programmatic access token; the name of its variable is a guess.",
            "json_schema holds for models of OpenAI and Anthropic; others ignore it.",
        ),
    ),
    Preset(
        name="databricks",
        display_name="Databricks",
        kind="cloud",
        base_url="https://${DATABRICKS_HOST}/serving-endpoints",
        tier="reported",
        other_base_urls=("https://${DATABRICKS_HOST}/ai-gateway/mlflow/v1",),
        api_key_env=("DATABRICKS_TOKEN",),
        docs="https://docs.databricks.com/machine-learning/model-serving",
        evidence=seen(
            "models.dev providers/databricks",
            "litellm llms/databricks/common_utils.py",
            "anomalyco/opencode#4698",
            "databricks/databricks-ai-bridge#638",
        ),
        notes=(
            "`DATABRICKS_HOST` without `https://`.",
            "Endpoints in front of Bedrock refuse stream_options.",
        ),
    ),
    Preset(
        name="cloudflare-workers-ai",
        display_name="Cloudflare Workers AI",
        kind="cloud",
        base_url="https://api.cloudflare.com/client/v4/accounts/${CLOUDFLARE_ACCOUNT_ID}/ai/v1",
        tier="reported",
        api_key_env=("CLOUDFLARE_API_KEY",),
        docs="https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/",
        evidence=seen("models.dev providers/cloudflare-workers-ai"),
    ),
    Preset(
        name="github-models",
        display_name="GitHub Models",
        kind="cloud",
        base_url="https://models.github.ai/inference",
        tier="reported",
        api_key_env=("GITHUB_TOKEN", "GITHUB_API_KEY"),
        docs="https://docs.github.com/github-models",
        evidence=seen("models.dev providers/github-models", "pydantic-ai providers/github.py"),
        notes=("Retired on 2026-07-30, says pydantic-ai.",),
    ),
    Preset(
        name="github-copilot",
        display_name="GitHub Copilot",
        kind="cloud",
        base_url="https://api.githubcopilot.com",
        tier="reported",
        docs="https://docs.github.com/copilot",
        evidence=seen("models.dev github-copilot", "pi-ai"),
        notes=(
            "The key is a token of half an hour from a device login: give a callable that fetches it.",
            "It wants headers of an editor (general knowledge, not read): set them by `headers`.",
        ),
    ),
    Preset(
        name="scaleway",
        display_name="Scaleway Generative APIs",
        kind="cloud",
        base_url="https://api.scaleway.ai/v1",
        tier="reported",
        api_key_env=("SCW_SECRET_KEY", "SCALEWAY_API_KEY"),
        docs="https://www.scaleway.com/en/docs/generative-apis/",
        evidence=seen(
            "scaleway/docs-content#3719",
            "models.dev providers/scaleway",
            "litellm openai_like/providers.json",
        ),
    ),
    Preset(
        name="ovhcloud",
        display_name="OVHcloud AI Endpoints",
        kind="cloud",
        base_url="https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
        tier="reported",
        other_base_urls=(
            "https://${OVHCLOUD_MODEL}.endpoints.kepler.ai.cloud.ovh.net/api/openai_compat/v1",
        ),
        api_key_env=("OVHCLOUD_API_KEY", "OVH_AI_ENDPOINTS_ACCESS_TOKEN"),
        key="optional",
        docs="https://help.ovhcloud.com/csm/en-public-cloud-ai-endpoints",
        evidence=seen(
            "litellm ovhcloud/chat/transformation.py",
            "llama_index_llms_ovhcloud",
            "fixie-ai/thefastest.ai#24",
            "mnfst/awesome-free-llm-apis#43",
            "models.dev providers/ovhcloud",
            "docker/docker-agent#3342",
        ),
        notes=(
            "Without a key 2 requests a minute from one address to one model, with a key 400."
            " A wrong key is refused: leave it out rather than fill it in.",
            "The older addresses have a host for every model.",
        ),
    ),
    Preset(
        name="ionos",
        display_name="IONOS AI Model Hub",
        kind="cloud",
        base_url="https://openai.inference.de-txl.ionos.com/v1",
        tier="reported",
        profile="ionos",
        docs="https://docs.ionos.com/cloud/ai/ai-model-hub",
        evidence=seen("nextcloud/integration_openai#236", "langfuse/langfuse#7334"),
        notes=("No variable for its key is known: name one by `api_key_env`.",),
    ),
    Preset(
        name="stackit",
        display_name="STACKIT",
        kind="cloud",
        base_url="https://api.openai-compat.model-serving.eu01.onstackit.cloud/v1",
        tier="reported",
        api_key_env=("STACKIT_API_KEY",),
        docs="https://docs.stackit.cloud",
        evidence=seen("models.dev providers/stackit"),
    ),
)
