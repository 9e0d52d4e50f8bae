"""Homes, and pages for everybody: help, privacy, what residents are told of their cameras."""
