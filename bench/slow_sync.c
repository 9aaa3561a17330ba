/* Loaded before a program (LD_PRELOAD), makes every flush to the disk take longer by SLOW_SYNC_US microseconds: a
   cheap disk, or one that others use too. fsync and fdatasync are what SQLite, PostgreSQL and Valkey wait for. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

typedef int (*flush_call)(int);

static void wait_first(void) {
    const char *given = getenv("SLOW_SYNC_US");
    long microseconds = given ? strtol(given, NULL, 10) : 0;
    struct timespec left = {microseconds / 1000000, microseconds % 1000000 * 1000};
    if (microseconds <= 0) return;
    while (nanosleep(&left, &left) == -1 && errno == EINTR) {
    }
}

int fsync(int file) {
    static flush_call real;
    if (!real) real = (flush_call)dlsym(RTLD_NEXT, "fsync");
    wait_first();
    return real(file);
}

int fdatasync(int file) {
    static flush_call real;
    if (!real) real = (flush_call)dlsym(RTLD_NEXT, "fdatasync");
    wait_first();
    return real(file);
}
