"""The host around us: what starts us at boot, and a PM2 that may live beside us.

Reads and writes files and /proc. Only `pm2_command` executes anything.

boot       what a boot needs to know          units      its text for each init system
beside     a living PM2, seen from outside    settings   PM2's `set`/`get` storage
pm2_command   the command of that PM2
"""
