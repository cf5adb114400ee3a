"""More objects than fit in memory: scored and stress-tested in shards, by one process, several, or a cluster."""
