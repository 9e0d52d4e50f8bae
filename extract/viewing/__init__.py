"""Viewing copies: H.264 of footage that a browser cannot decode, made while somebody watches. docs/design/viewing-copies.md."""
