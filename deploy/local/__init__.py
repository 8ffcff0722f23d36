"""The embedded stack: a real Kafka, PostgreSQL and the four services on one machine, with nothing to set up.

For trying, demonstrating, developing and testing. Production uses the official images and its own servers.
"""
