"""What `firstmove evaluate` is made of: a folder of feeds read, the parts measured, a page of charts."""
