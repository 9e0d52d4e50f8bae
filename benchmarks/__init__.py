"""One command for each figure that the README quotes: `python -m benchmarks NAME`. See docs/benchmarks.md."""
