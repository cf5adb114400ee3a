"""What the events of one window can become: a graph of who dealt with whom, one of what followed what, or rows."""
