"""The file server behind `pm2 serve`: a program that usher runs as an app, on its own."""
