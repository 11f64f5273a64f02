"""The contract as documents, and what keeps them true."""
