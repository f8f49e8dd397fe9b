"""HTTP: routes by noun, one error shape, and a server that takes and gives back its sockets.

`application` puts the routes together, `server` runs them, `access` says who may ask.
"""
