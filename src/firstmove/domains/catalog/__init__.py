"""What is sold: products with packs and multiples, and what a dealer pays for them."""
