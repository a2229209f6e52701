#define _GNU_SOURCE
#include "CHost.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int file_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

int chost_open_beneath(int directory, const char *name) {
    const struct open_how how = {
        .flags = (uint64_t)file_flags,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    const long opened = syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (opened >= 0)
        return (int)opened;
    /* Kernels before 5.6 and some containers do not know the call; a rename somewhere at the same time is EAGAIN. */
    if (errno == ENOSYS || errno == EPERM || errno == EAGAIN)
        return chost_open_stepwise(directory, name);
    return -1;
}

int chost_open_stepwise(int directory, const char *name) {
    char component[256];
    int current = directory;
    int result = -1;
    for (;;) {
        const char *slash = strchr(name, '/');
        const size_t length = slash ? (size_t)(slash - name) : strlen(name);
        if (length == 0 || length >= sizeof component) {
            errno = length == 0 ? ENOENT : ENAMETOOLONG;
            break;
        }
        memcpy(component, name, length);
        component[length] = 0;
        if (strcmp(component, ".") == 0 || strcmp(component, "..") == 0) {
            errno = EXDEV;
            break;
        }
        const int flags = slash ? O_PATH | O_DIRECTORY | O_CLOEXEC : file_flags;
        const int next = openat(current, component, flags | O_NOFOLLOW);
        if (next < 0 || !slash) {
            result = next;
            break;
        }
        if (current != directory)
            close(current);
        current = next;
        name = slash + 1;
    }
    const int error = errno;
    if (current != directory)
        close(current);
    errno = error;
    return result;
}
