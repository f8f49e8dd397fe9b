"""The keeper: parent of every service. Mechanism only; it never decides.

It imports nothing but itself and the standard library, so that it stays small
(about 11 MiB) and has little that can fail. Read in this order:

startup   lock, socket, session            keeper    every request of the daemon
link      the connection with the daemon   wire      its messages
runs      spawn, signal, exit, adoption    child     fork, gate, exec
request   what is to be executed           procfs    identity and exit status of processes
logs      writing that never waits         writer    the thread that does it
stream    pipe, stage and file             stage     no line is lost: the protocol
pour      from stage to file               lines     a date, or an object, for each line
logfile   append to one file               dates     their format, in the words of dayjs
rotation  names of rotated files           times     when which part of a log was written
compress  a program: gzip one of them      helpers   short programs with a deadline
sockets   held sockets                     steering  new connections kept away
guardian  the daemon is kept alive         restarts  when it is started again
loop      epoll, timers, signals           paths     files in USHER_HOME
upgrade   new code, same process          manager   words to the service manager
channels  what runs say over Node's IPC    ipc       frames of one channel
primary   sockets that workers ask for     cluster   the words of Node's cluster module
errands   work with the rights of a user     spare     a child forked ahead of its program
"""
