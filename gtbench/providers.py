"""The core's own model providers, as a pack: one line each."""

from gtbench.registry import Pack

PACK = Pack(
    models={
        "anthropic": "gtbench.models.anthropic:PROVIDER",
        "litellm": "gtbench.models.litellm:PROVIDER",
        "lmstudio": "gtbench.models.openai:LMSTUDIO",
        "local": "gtbench.models.local:PROVIDER",
        "ollama": "gtbench.models.openai:OLLAMA",
        "openai": "gtbench.models.openai:OPENAI",
        "openrouter": "gtbench.models.openai:OPENROUTER",
        "vllm": "gtbench.models.openai:VLLM",
    }
)
