"""People and roles, units, rules, the system."""
