"""Saved runs: the folder of a run and what it holds, its record, and the network in LiteRT form."""
