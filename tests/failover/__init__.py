"""Many clients at bridges whose Redis fails over, and the histories of what they were answered."""
