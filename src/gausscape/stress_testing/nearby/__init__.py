"""The worst case within a stated locality."""
