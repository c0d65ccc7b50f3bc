"""Examples of fetchers and a post-processor of one's own; see docs/own-fetcher.md."""
