"""How many of the 134 cells fix AIS and NLI, and is every certificate true?"""
