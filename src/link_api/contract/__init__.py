"""What the contracts of all slices share: operations, models, checks of text."""
