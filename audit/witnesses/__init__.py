"""Who keeps checkpoints outside: a folder, an address on the web, a mailbox. What they keep shows that the log was rewritten."""

from audit.witnesses.opening import open_witnesses
from audit.witnesses.port import Witness, WitnessDisagrees, WitnessSilent, WitnessUnusable

__all__ = ["Witness", "WitnessDisagrees", "WitnessSilent", "WitnessUnusable", "open_witnesses"]
