"""From a run log to what is published: standings, error profiles and the site."""
