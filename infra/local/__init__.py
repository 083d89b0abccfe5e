"""What `make run` starts: an embedded cloud, the product's functions on it, and a web server in front."""
