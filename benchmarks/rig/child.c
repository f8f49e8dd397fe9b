/* The service that every manager runs here: small, so that what is measured is the manager.
 *
 *   child STAMPS [GO LINES]
 *
 * Its first instruction reads CLOCK_MONOTONIC; it appends "<pid> <nanoseconds>" to the file
 * STAMPS. With GO, a FIFO, it waits for one byte there and prints LINES numbered lines of 100
 * bytes as fast as it can. Then it does nothing until a signal ends it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
    char go;
    int file = open(fifo, O_RDONLY | O_CLOEXEC);
    int failed = file < 0 || read(file, &go, 1) != 1;
    close(file);
    return failed;
}

int main(int argc, char **argv)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (argc < 2 || stamp(argv[1], &now))
        return 1;
    if (argc == 4) {
        long lines = atol(argv[3]);
        if (wait_for(argv[2]))
            return 1;
        for (long i = 0; i < lines; i++)
            printf("%09ld %089d\n", i, 0);
        if (fflush(stdout))
            return 1;
    }
    for (;;)
        pause();
}
