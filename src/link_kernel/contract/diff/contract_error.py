"""The refusal to compare, apart from the comparison: every command knows it, few compare."""


class ContractError(Exception):
    """A file or folder to compare is missing, or holds no contract."""
