"""What firms, buyers and suppliers are and do among themselves."""
