/* A clock that a test moves, for programs that are started with this in LD_PRELOAD.
 *
 * Real time is told as it is plus the seconds in a file that move_clock() maps: a change counts at
 * once, in all processes that have mapped it, and those that are forked have too. Monotonic time,
 * which waits go by, is left alone, as a step of a host's clock leaves it alone.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long *moved_by;

int move_clock(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *found = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (found == MAP_FAILED)
        return -1;
    moved_by = found;
    return 0;
}

static long offset(void)
{
    return moved_by ? *moved_by : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += offset();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int result = (int)syscall(SYS_gettimeofday, now, zone);
    if (result == 0)
        now->tv_sec += offset();
    return result;
}

time_t time(time_t *place)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place)
        *place = now.tv_sec;
    return now.tv_sec;
}
