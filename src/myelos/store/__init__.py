"""The record behind one door."""
