"""What auditors look at: figures, patterns, the log and its proof, coverage in space and time."""
