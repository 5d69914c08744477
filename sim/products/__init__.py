"""Finance as it is lived: one family a module, over what all of them share."""
