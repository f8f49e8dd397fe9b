"""What client and daemon say to each other: wire types and routes, no server and no client code."""
