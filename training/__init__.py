"""Trains the network of the finder `siamese` on pairs made from photographs and drawings."""
