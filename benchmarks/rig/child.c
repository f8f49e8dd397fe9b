/* The service that every manager runs here: small, so that what is measured is the manager.
 *
 *   child STAMPS NAME [crash GO | beat | flood GO LINES]
 *
 * Its first instruction reads CLOCK_MONOTONIC; it appends "<pid> <nanoseconds>" to the file
 * STAMPS. NAME is for those who look for it among the processes. GO is a FIFO to wait at until
 * somebody opens its other end: `crash` fails then, `flood` prints LINES numbered lines of 100
 * bytes as fast as it can. `beat` prints a line every 5 ms. Then it waits for a signal.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int stamp(const char *path, const struct timespec *now)
{
    char line[64];
    int length = snprintf(line, sizeof line, "%ld %lld\n", (long)getpid(),
                          now->tv_sec * 1000000000LL + now->tv_nsec);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    int failed = file < 0 || write(file, line, (size_t)length) != length;
    close(file);
    return failed;
}

static int wait_for(const char *fifo)
{
    int file = open(fifo, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 1;
    close(file);
    return 0;
}

static void beat(void)
{
    static const struct timespec pause_between = {0, 5000000};
    for (;;) {
        printf("beat\n");
        fflush(stdout);
        nanosleep(&pause_between, NULL);
    }
}

int main(int argc, char **argv)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    signal(SIGPIPE, SIG_DFL); /* some managers hand on that they ignore it */
    if (argc < 3 || stamp(argv[1], &now))
        return 1;
    if (argc == 4 && !strcmp(argv[3], "beat"))
        beat();
    if (argc == 5 && !strcmp(argv[3], "crash")) {
        wait_for(argv[4]);
        return 1;
    }
    if (argc == 6 && !strcmp(argv[3], "flood")) {
        long lines = atol(argv[5]);
        if (wait_for(argv[4]))
            return 1;
        for (long i = 0; i < lines; i++)
            printf("%09ld %089d\n", i, 0);
        if (fflush(stdout))
            return 1;
    }
    for (;;)
        pause();
}
