"""Asking a camera whether it answers, and for one picture: docs/design/ask-the-camera.md."""
