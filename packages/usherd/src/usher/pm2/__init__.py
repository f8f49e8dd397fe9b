"""`usher pm2 ...`: the command line of PM2, on the same client as our own."""
