"""Engines: who does the shards. One module each, which exports ENGINE; the name of the module is the engine's."""
