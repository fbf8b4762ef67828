// Linux calls that Swift's Glibc module leaves out, and the standard streams, which Swift 6 refuses as globals.
#ifndef MESHTOP_CLINUX_H
#define MESHTOP_CLINUX_H
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include <termios.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

// GNU extension; defining _GNU_SOURCE here would make this header disagree with the others about fd_set.
extern int pthread_setname_np(pthread_t thread, const char *name);
// The same; in glibc since 2.34.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

static inline FILE *mt_stdout(void) { return stdout; }
static inline FILE *mt_stderr(void) { return stderr; }
static inline FILE *mt_stdin(void) { return stdin; }
static inline int mt_errno(void) { return errno; }
static inline int mt_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static inline int mt_signalfd(const sigset_t *mask) { return signalfd(-1, mask, SFD_CLOEXEC | SFD_NONBLOCK); }
// ioctl is variadic.
static inline int mt_window_size(int fd, struct winsize *size) { return ioctl(fd, TIOCGWINSZ, size); }
static inline int mt_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
// fcntl is variadic: from here on a read waits for what comes.
static inline int mt_make_blocking(int fd) { return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK); }
// Made by pipe(), with its writer at the other end already; a named one may never have a writer. The number is that of
// pipefs in linux/magic.h.
static inline int mt_is_unnamed_pipe(int fd) {
    struct statfs facts;
    return fstatfs(fd, &facts) == 0 && facts.f_type == 0x50495045;
}
// GNU extension, as is its flag: room for a file that is longer than it shows.
extern int fallocate(int fd, int mode, off_t offset, off_t length);
static inline int mt_reserve(int fd, off_t offset, off_t length) { return fallocate(fd, 1, offset, length); }
// A function and a struct share the name.
static inline int mt_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }
// pipe2 is a GNU extension: the flag is set afterwards.
static inline int mt_pipe(int ends[2]) {
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
}
// SIG_IGN is a cast: a closed pipe shall be an error of the write, not the end of the program.
static inline void mt_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }
static inline __sighandler_t mt_ignored(void) { return SIG_IGN; }
extern char **environ;
static inline char **mt_environ(void) { return environ; }
#endif
