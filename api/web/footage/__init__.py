"""From a place and a time to the pictures: investigate, keep, ask, decide, watch; and recordings brought in."""
