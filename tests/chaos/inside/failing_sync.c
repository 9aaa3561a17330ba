/* What a process believes of its disk: while $CHAOS_FOLDER/no-sync is there, nothing it writes reaches the disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int hindered(void) {
    char order[4096];
    const char *folder = getenv("CHAOS_FOLDER");
    if (!folder || snprintf(order, sizeof order, "%s/no-sync", folder) >= (int)sizeof order) return 0;
    return access(order, F_OK) == 0;
}

static int passed_on(const char *name, int file) {
    if (hindered()) {
        errno = EIO;
        return -1;
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file) { return passed_on("fsync", file); }

int fdatasync(int file) { return passed_on("fdatasync", file); }
