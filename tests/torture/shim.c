/* LD_PRELOAD for a server under test: a slow or failing fsync, and a wall clock that jumps. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

/* SHIM_SLOW: milliseconds of each call; SHIM_FAIL: the number of the call from which on all fail. */
static int spoilt(const char *name, int fd) {
    static atomic_long calls;
    long slow = number("SHIM_SLOW"), fail = number("SHIM_FAIL");
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (slow) usleep(slow * 1000);
    if (fail && atomic_fetch_add(&calls, 1) + 1 >= fail) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

int fsync(int fd) { return spoilt("fsync", fd); }
int fdatasync(int fd) { return spoilt("fdatasync", fd); }

/* SHIM_CLOCK: a file with the seconds to be added to the wall clock; the monotonic clock is left alone. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    const char *path = getenv("SHIM_CLOCK");
    if (failed || clock != CLOCK_REALTIME || !path) return failed;
    FILE *file = fopen(path, "r");
    long add = 0;
    if (file) {
        if (fscanf(file, "%ld", &add) != 1) add = 0;
        fclose(file);
    }
    now->tv_sec = add == -1 ? 0 : now->tv_sec + add;
    return 0;
}
