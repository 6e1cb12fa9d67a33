"""Who gets what of an order's money, and when it is told. Moving money is the bank's matter."""
