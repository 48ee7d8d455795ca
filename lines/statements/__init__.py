"""The lists of lines and of data usage that customers download (spec 6.1): taken once, served as they were taken."""
