"""What tests of several tiers share: harnesses for machines that are not there."""
