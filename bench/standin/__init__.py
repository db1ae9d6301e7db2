"""A stand-in for AWS to measure against: quick, paced by quotas, and it knows the truth."""
