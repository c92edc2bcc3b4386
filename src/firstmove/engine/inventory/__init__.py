"""What to hold and order: stock position, the value of an order, and the order lines of a morning."""
