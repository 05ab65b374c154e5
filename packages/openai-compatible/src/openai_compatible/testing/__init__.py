"""Shipped for tests of users, plugin authors and ourselves: loopback servers and suites."""
