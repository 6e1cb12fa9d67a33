"""What can be sold: products and SKUs as other rooms see them."""
