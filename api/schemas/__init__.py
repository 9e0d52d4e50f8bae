"""What goes over the wire, as pydantic models: they check what comes in and describe what goes out."""
