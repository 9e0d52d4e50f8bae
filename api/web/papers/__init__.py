"""Pages that are papers: made to be printed and signed, or handed on as PDF."""
