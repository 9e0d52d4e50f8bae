"""Cameras: registered in steps, listed, shown with their days and uses, edited, imported."""
