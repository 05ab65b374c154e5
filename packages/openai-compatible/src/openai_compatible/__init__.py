"""Any OpenAI-compatible server, correctly: from LangChain, LlamaIndex or plain Python.

Start with :class:`Client` or :func:`create`; settings are :class:`Provider`; errors are the tree of
``openai_compatible.errors``. Names load on first use: importing this package imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai_compatible.client import AsyncClient, Client
    from openai_compatible.config.load import Config, Route, load_config, make_provider
    from openai_compatible.config.provider import (
        Auth,
        Model,
        Provider,
        RateLimit,
        ResponseLimits,
        Timeouts,
        Tls,
    )
    from openai_compatible.dry_run import explain
    from openai_compatible.errors import (
        AdaptationWarning,
        AllProvidersFailedError,
        APIStatusError,
        AuthenticationError,
        ConfigError,
        ConnectionFailedError,
        ConnectTimeoutError,
        ContentFilterError,
        ContextLengthExceededError,
        EndpointNotFoundError,
        FirstEventTimeoutError,
        IdleTimeoutError,
        InvalidRequestError,
        MalformedResponseError,
        MissingKeyError,
        ModelNotFoundError,
        OpenAICompatibleError,
        OpenAICompatibleWarning,
        OverloadedError,
        PermissionDeniedError,
        ProtocolError,
        QuotaExceededError,
        RateLimitError,
        RedirectRefusedError,
        RequestTimeoutError,
        ResponseTooLargeError,
        ServerError,
        StreamInterruptedError,
        TotalTimeoutError,
        UnknownModelReferenceError,
        UnknownProviderError,
        UnsupportedParameterError,
    )
    from openai_compatible.events import AsyncEvents, Events
    from openai_compatible.explanation import Explanation
    from openai_compatible.plan.routing import Target, resolve
    from openai_compatible.plugins import create
    from openai_compatible.profiles.profile import Evidence, Profile
    from openai_compatible.profiles.registry import profile
    from openai_compatible.targeting import targets
    from openai_compatible.transport.tokens import CachedToken
    from openai_compatible.types import (
        ChatRequest,
        Choice,
        Completion,
        Embeddings,
        EmbeddingsRequest,
        Event,
        FinishReason,
        ModelInfo,
        ReasoningDelta,
        Record,
        RefusalDelta,
        TextDelta,
        ToolCall,
        ToolCallDelta,
        Usage,
    )

__version__ = "0.1.0"

__all__ = [
    "APIStatusError",
    "AdaptationWarning",
    "AllProvidersFailedError",
    "AsyncClient",
    "AsyncEvents",
    "Auth",
    "AuthenticationError",
    "CachedToken",
    "ChatRequest",
    "Choice",
    "Client",
    "Completion",
    "Config",
    "ConfigError",
    "ConnectTimeoutError",
    "ConnectionFailedError",
    "ContentFilterError",
    "ContextLengthExceededError",
    "Embeddings",
    "EmbeddingsRequest",
    "EndpointNotFoundError",
    "Event",
    "Events",
    "Evidence",
    "Explanation",
    "FinishReason",
    "FirstEventTimeoutError",
    "IdleTimeoutError",
    "InvalidRequestError",
    "MalformedResponseError",
    "MissingKeyError",
    "Model",
    "ModelInfo",
    "ModelNotFoundError",
    "OpenAICompatibleError",
    "OpenAICompatibleWarning",
    "OverloadedError",
    "PermissionDeniedError",
    "Profile",
    "ProtocolError",
    "Provider",
    "QuotaExceededError",
    "RateLimit",
    "RateLimitError",
    "ReasoningDelta",
    "Record",
    "RedirectRefusedError",
    "RefusalDelta",
    "RequestTimeoutError",
    "ResponseLimits",
    "ResponseTooLargeError",
    "Route",
    "ServerError",
    "StreamInterruptedError",
    "Target",
    "TextDelta",
    "Timeouts",
    "Tls",
    "ToolCall",
    "ToolCallDelta",
    "TotalTimeoutError",
    "UnknownModelReferenceError",
    "UnknownProviderError",
    "UnsupportedParameterError",
    "Usage",
    "__version__",
    "create",
    "explain",
    "load_config",
    "make_provider",
    "profile",
    "resolve",
    "targets",
]

_ROOMS = {
    "client": ("AsyncClient", "Client"),
    "events": ("AsyncEvents", "Events"),
    "config.load": ("Config", "Route", "load_config", "make_provider"),
    "config.provider": (
        "Auth",
        "Model",
        "Provider",
        "RateLimit",
        "ResponseLimits",
        "Timeouts",
        "Tls",
    ),
    "dry_run": ("explain",),
    "explanation": ("Explanation",),
    "plan.routing": ("Target", "resolve"),
    "plugins": ("create",),
    "profiles.profile": ("Evidence", "Profile"),
    "profiles.registry": ("profile",),
    "targeting": ("targets",),
    "transport.tokens": ("CachedToken",),
    "types": (
        "ChatRequest",
        "Choice",
        "Completion",
        "Embeddings",
        "EmbeddingsRequest",
        "Event",
        "FinishReason",
        "ModelInfo",
        "ReasoningDelta",
        "Record",
        "RefusalDelta",
        "TextDelta",
        "ToolCall",
        "ToolCallDelta",
        "Usage",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name.startswith("_") or name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_ROOM_OF.get(name, 'errors')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
