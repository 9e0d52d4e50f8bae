"""What every process needs and in which no domain word appears: a closed list, see docs/design/architecture.md."""
