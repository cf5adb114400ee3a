"""Where events come from, each in order of arrival and from any place on."""
