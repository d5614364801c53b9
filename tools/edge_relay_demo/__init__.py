"""The story that tools/demo tells."""
