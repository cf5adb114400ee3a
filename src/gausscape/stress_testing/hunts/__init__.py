"""Where to ask y when a rule gives no direction."""
