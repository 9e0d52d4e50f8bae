"""The JSON calls under /api/v1, one file for each noun; see docs/ref/api.md."""
