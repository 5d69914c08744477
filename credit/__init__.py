"""Credit for plastics SMEs: numbers in, numbers out. No market, no plotting, no clock."""
