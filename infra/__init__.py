"""What surrounds the product: its cloud resources, its package, its local cloud."""
