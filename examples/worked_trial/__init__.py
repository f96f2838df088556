"""The worked trial: the twenty people and all that goes wrong around them, asked of a record one by one."""
