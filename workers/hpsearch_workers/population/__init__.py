"""Population training: many trials as lanes of one compiled program; a lane that ends takes the next trial."""
