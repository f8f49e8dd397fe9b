"""The managers that are compared, one a file: how each is told to start, list and end services.

All run the same services with an environment of their own in a folder of their own. Each is set
up as its documentation says, with what would make the comparison unfair turned off: log files
are not rotated by any (PM2 has no rotation of its own).
"""

from benchmarks.rig.managers.circus import Circus
from benchmarks.rig.managers.pm2 import Pm2
from benchmarks.rig.managers.runit import Runit
from benchmarks.rig.managers.s6 import S6
from benchmarks.rig.managers.supervisor import Supervisor
from benchmarks.rig.managers.usher import Usher

MANAGERS = {
    "usher": Usher,
    "pm2": Pm2,
    "supervisor": Supervisor,
    "circus": Circus,
    "runit": Runit,
    "s6": S6,
}
"""Every manager by the name it has in reports, ours first."""
