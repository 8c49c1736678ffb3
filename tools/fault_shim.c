/* Makes a disk fail on demand: gcc -shared -fPIC -o fault_shim.so fault_shim.c -ldl; LD_PRELOAD=…/fault_shim.so
 *
 * VIG_FAULT_FOLDER: only files below this folder are touched. VIG_FAULT_ORDER: a file that holds one word, read at each
 * call: "fsync-eio", "fsync-slow" (5 s), "fsync-slow-500" (so many ms), "write-enospc" (as /dev/full), "write-eio";
 * anything else: all is well. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *order(int fd, char *word, size_t size) {
    static __thread int inside;
    const char *folder = getenv("VIG_FAULT_FOLDER"), *file = getenv("VIG_FAULT_ORDER");
    char link[64], path[4096];
    word[0] = 0;
    if (inside || !folder || !file) return word;
    inside = 1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0) {
        path[length] = 0;
        if (strncmp(path, folder, strlen(folder)) == 0) {
            int source = open(file, O_RDONLY | O_CLOEXEC);
            if (source >= 0) {
                ssize_t count = read(source, word, size - 1);
                word[count > 0 ? count : 0] = 0;
                word[strcspn(word, "\n")] = 0;
                close(source);
            }
        }
    }
    inside = 0;
    return word;
}

static int sync_with(const char *name, int fd) {
    char word[32];
    int saved = errno;
    order(fd, word, sizeof word);
    errno = saved;
    if (strcmp(word, "fsync-eio") == 0) { errno = EIO; return -1; }
    if (strncmp(word, "fsync-slow", 10) == 0) {
        long ms = word[10] == '-' ? atol(word + 11) : 5000;
        struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
        nanosleep(&pause, NULL);
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }

ssize_t write(int fd, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    char word[32];
    int saved = errno;
    if (!real) real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (fd > 2) {
        order(fd, word, sizeof word);
        if (strcmp(word, "write-enospc") == 0) { errno = ENOSPC; return -1; }
        if (strcmp(word, "write-eio") == 0) { errno = EIO; return -1; }
    }
    errno = saved;
    return real(fd, data, size);
}
