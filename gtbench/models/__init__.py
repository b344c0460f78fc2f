"""Language models: what the author of an agent or of a provider needs."""

from gtbench.models.request import Chat, Journal, Model, Provider, Request, Sampling, Shape

__all__ = ["Chat", "Journal", "Model", "Provider", "Request", "Sampling", "Shape"]
