"""Score the neurological examination (ISNCSCI), 2019 edition."""
