"""What people would use instead, from Debian's packages: the least code that is fair."""
