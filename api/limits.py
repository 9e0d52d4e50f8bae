"""How large what is sent may be, for calls and pages alike."""

TABLE_LIMIT_BYTES = 32 * 2**20
"""A ward's registry is some hundred kilobytes, a city's boundaries some megabytes."""
