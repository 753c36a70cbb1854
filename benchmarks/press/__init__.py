"""The registration leaflets of all 77 provinces, and of the country, beside three other ways to make them."""
