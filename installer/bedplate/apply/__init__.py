"""Carries a plan out: the only part of the program that writes to disks."""
