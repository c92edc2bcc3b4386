"""Orders between two parties, from submission to receipt, and the credit they use."""
