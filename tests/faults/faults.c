/* A disk that fails when told to, for one process: preloaded, it stands between the program and the system.
 *
 * Every call that changes something below a folder is counted: a file made, written, cut or synced, a name linked,
 * moved or taken away, a folder made. At the one that is asked for it does what a machine can do:
 *
 *   count   nothing; only the journal is kept
 *   kill    the process is gone before the call
 *   tear    half of the bytes are written, then the process is gone (other calls: as kill)
 *   short   half of the bytes are written, and the call says so (other calls: nothing)
 *   error   the call fails once with the given errno
 *   errors  this call and all later ones fail with it
 *
 * The journal has a line for each call, and what it takes to undo it as long as it is not synced; what a power cut
 * would take is worked out from it later (tests/it/faults/power.rs). Fields are parted by tabs:
 *
 *   #  count  call  path         the calls, in order
 *   N  path                      a file was made            D  path        a folder's names were synced
 *   L  path                      a name was linked          M  path        a folder was made
 *   R  from  to  kept            moved; kept: what had the name before, or -
 *   U  path  kept                taken away                 K  path        a folder was taken away
 *   W  kept  size  offset  length  at   bytes are changed: the file's size before, and where in the file
 *                                "bytes" beside the journal the old ones of that range lie
 *   S  kept                      a file's bytes were synced
 *
 * `kept` is a further name of the file in the folder "kept", so that it is found whatever it is called later.
 *
 * It can also be told to be a bad disk or a bad program (TRUEUP_FAULT_SABOTAGE), to see that the proofs notice:
 *
 *   no_sync       files are never synced     no_dir_sync   names are never synced
 *   moves_copy    a move writes into the file that has the name, piece by piece
 *   lost_write    the write at the point is dropped and called done
 *   crash, quiet  the process ends with 101, or with 0, at the point
 *
 * Settings: TRUEUP_FAULT_ROOT, _JOURNAL (a folder), _MODE, _AT, _ERRNO, _SABOTAGE. */

#define _GNU_SOURCE
#include "disk.h"

/* --- Bytes ---------------------------------------------------------------------------------------------- */

static ssize_t put(const char *call, int fd, const void *bytes, size_t length, off64_t offset, int placed) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return placed ? syscall(SYS_pwrite64, fd, bytes, length, offset) : syscall(SYS_write, fd, bytes, length);
    pthread_mutex_lock(&turn);
    ssize_t done = -1;
    enum verdict verdict = gate(call, path);
    if (verdict == LOSE) {
        if (!placed) lseek64(fd, (off64_t)length, SEEK_CUR);
        done = (ssize_t)length;
    } else if (verdict != FAIL) {
        if (verdict == HALF && length > 1) length /= 2;
        remember(fd, placed ? offset : position(fd), (off64_t)length);
        done = placed ? syscall(SYS_pwrite64, fd, bytes, length, offset) : syscall(SYS_write, fd, bytes, length);
        if (verdict == HALF && mode == TEAR) die();
    }
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return put("write", fd, bytes, length, 0, 0); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return put("pwrite", fd, bytes, length, offset, 1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return put("pwrite", fd, bytes, length, offset, 1); }

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return syscall(SYS_writev, fd, pieces, count);
    /* A writer has to go on after a part anyway. */
    for (int i = 0; i < count; i++)
        if (pieces[i].iov_len) return put("writev", fd, pieces[i].iov_base, pieces[i].iov_len, 0, 0);
    return 0;
}

static ssize_t copied(const char *call, int from, int to, size_t length, ssize_t (*act)(int, int, size_t, void *), void *more) {
    char path[PATH_MAX];
    if (!path_of(to, path)) return act(from, to, length, more);
    pthread_mutex_lock(&turn);
    ssize_t done = -1;
    enum verdict verdict = gate(call, path);
    if (verdict != FAIL) {
        if (verdict == HALF) length = 1;
        remember(to, position(to), (off64_t)1 << 40);
        done = act(from, to, length, more);
        if (verdict == HALF && mode == TEAR) die();
    }
    pthread_mutex_unlock(&turn);
    return done;
}

struct offsets { off64_t *from, *to; unsigned flags; };

static ssize_t by_range(int from, int to, size_t length, void *more) {
    struct offsets *o = more;
    return syscall(SYS_copy_file_range, from, o->from, to, o->to, length, o->flags);
}

static ssize_t by_sending(int from, int to, size_t length, void *more) { return syscall(SYS_sendfile, to, from, more, length); }

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    struct offsets offsets = {from_at, to_at, flags};
    return copied("copy_file_range", from, to, length, by_range, &offsets);
}

ssize_t sendfile64(int to, int from, off64_t *from_at, size_t length) { return copied("sendfile", from, to, length, by_sending, from_at); }
ssize_t sendfile(int to, int from, off_t *from_at, size_t length) { return copied("sendfile", from, to, length, by_sending, from_at); }

int ftruncate64(int fd, off64_t size) {
    char path[PATH_MAX];
    struct stat file;
    if (!path_of(fd, path) || fstat(fd, &file) || file.st_size == size) return (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&turn);
    int done = -1;
    if (whole("ftruncate", path) != FAIL) {
        remember(fd, size, (off64_t)1 << 40);
        done = (int)syscall(SYS_ftruncate, fd, size);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fallocate64(int fd, int how, off64_t offset, off64_t length) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return (int)syscall(SYS_fallocate, fd, how, offset, length);
    pthread_mutex_lock(&turn);
    int done = -1;
    if (whole("fallocate", path) != FAIL) {
        remember(fd, offset, length);
        done = (int)syscall(SYS_fallocate, fd, how, offset, length);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

int fallocate(int fd, int how, off_t offset, off_t length) { return fallocate64(fd, how, offset, length); }

static int sync_by(const char *call, long number, int fd) {
    char path[PATH_MAX], kept[64];
    struct stat file;
    if (!path_of(fd, path) || fstat(fd, &file)) return (int)syscall(number, fd);
    pthread_mutex_lock(&turn);
    int is_folder = S_ISDIR(file.st_mode), done = -1;
    if (whole(call, path) != FAIL) {
        done = 0;
        /* Nobody can cut this machine's power: the journal alone decides what a sync has saved. */
        if (is_folder && sabotage != NO_DIR_SYNC) note("D\t%s\n", path);
        if (!is_folder && sabotage != NO_SYNC) {
            keep_open(fd, &file, kept);
            note("S\t%s\n", kept);
        }
    }
    pthread_mutex_unlock(&turn);
    return done;
}

int fsync(int fd) { return sync_by("fsync", SYS_fsync, fd); }
int fdatasync(int fd) { return sync_by("fdatasync", SYS_fdatasync, fd); }

/* --- Names ---------------------------------------------------------------------------------------------- */

static int opened(int folder, const char *name, int flags, mode_t rights) {
    char path[PATH_MAX];
    struct stat file;
    int changes = flags & (O_CREAT | O_TRUNC) && (flags & O_TMPFILE) != O_TMPFILE && resolve(folder, name, path);
    int was_there = changes && !stat(path, &file);
    int cuts = was_there && flags & O_TRUNC && file.st_size > 0;
    if (!changes || (was_there && !cuts)) return (int)syscall(SYS_openat, folder, name, flags, rights);
    pthread_mutex_lock(&turn);
    int fd = -1;
    if (whole(cuts ? "truncate" : "create", path) != FAIL) {
        fd = (int)syscall(SYS_openat, folder, name, flags & ~O_TRUNC, rights);
        if (fd >= 0 && !was_there) note("N\t%s\n", path);
        if (fd >= 0 && cuts) {
            remember(fd, 0, (off64_t)1 << 40);
            syscall(SYS_ftruncate, fd, 0);
        }
    }
    pthread_mutex_unlock(&turn);
    return fd;
}

#define RIGHTS(flags)                       \
    mode_t rights = 0;                      \
    if ((flags) & (O_CREAT | O_TMPFILE)) {  \
        va_list more;                       \
        va_start(more, flags);              \
        rights = va_arg(more, mode_t);      \
        va_end(more);                       \
    }

int open(const char *name, int flags, ...) { RIGHTS(flags) return opened(AT_FDCWD, name, flags, rights); }
int open64(const char *name, int flags, ...) { RIGHTS(flags) return opened(AT_FDCWD, name, flags, rights); }
int openat(int folder, const char *name, int flags, ...) { RIGHTS(flags) return opened(folder, name, flags, rights); }
int openat64(int folder, const char *name, int flags, ...) { RIGHTS(flags) return opened(folder, name, flags, rights); }

/* The sabotage of a move: what has the name is overwritten, two pieces at a time. */
static int copy_over(const char *from, const char *to) {
    char piece[1 << 12];
    int reader = open(from, O_RDONLY), writer = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t got;
    while (reader >= 0 && writer >= 0 && (got = read(reader, piece, sizeof piece)) > 0) {
        if (write(writer, piece, (size_t)got - (size_t)got / 2) < 0) break;
        if (write(writer, piece + (got - got / 2), (size_t)got / 2) < 0) break;
    }
    if (writer >= 0) fsync(writer);
    if (reader >= 0) syscall(SYS_close, reader);
    if (writer >= 0) syscall(SYS_close, writer);
    return (int)syscall(SYS_unlinkat, AT_FDCWD, from, 0);
}

static int moved(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    char source[PATH_MAX], target[PATH_MAX], kept[64];
    if (!resolve(from_folder, from, source) || !resolve(to_folder, to, target))
        return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    if (sabotage == MOVES_COPY) return copy_over(source, target);
    pthread_mutex_lock(&turn);
    int done = -1;
    if (whole("rename", target) != FAIL) {
        keep_name(target, kept);
        done = (int)syscall(SYS_renameat2, AT_FDCWD, source, AT_FDCWD, target, flags);
        if (!done) note("R\t%s\t%s\t%s\n", source, target, kept);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

int rename(const char *from, const char *to) { return moved(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_folder, const char *from, int to_folder, const char *to) { return moved(from_folder, from, to_folder, to, 0); }
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) { return moved(from_folder, from, to_folder, to, flags); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    char target[PATH_MAX];
    if (!resolve(to_folder, to, target)) return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
    pthread_mutex_lock(&turn);
    int done = -1;
    if (whole("link", target) != FAIL) {
        done = (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
        if (!done) note("L\t%s\n", target);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int folder, const char *name, int flags) {
    char path[PATH_MAX], kept[64];
    struct stat file;
    if (!resolve(folder, name, path) || lstat(path, &file)) return (int)syscall(SYS_unlinkat, folder, name, flags);
    pthread_mutex_lock(&turn);
    int done = -1;
    if (whole("unlink", path) != FAIL) {
        keep_name(path, kept);
        done = (int)syscall(SYS_unlinkat, folder, name, flags);
        if (!done) note(flags & AT_REMOVEDIR ? "K\t%s\n" : "U\t%s\t%s\n", path, kept);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int mkdirat(int folder, const char *name, mode_t rights) {
    char path[PATH_MAX];
    if (!resolve(folder, name, path)) return (int)syscall(SYS_mkdirat, folder, name, rights);
    pthread_mutex_lock(&turn);
    int done = -1;
    if (whole("mkdir", path) != FAIL) {
        done = (int)syscall(SYS_mkdirat, folder, name, rights);
        if (!done) note("M\t%s\n", path);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

int mkdir(const char *name, mode_t rights) { return mkdirat(AT_FDCWD, name, rights); }

static int guarded(const char *call, const char *path, int is_ours, long number, long a, long b, long c, long d) {
    if (!is_ours) return (int)syscall(number, a, b, c, d);
    pthread_mutex_lock(&turn);
    int done = whole(call, path) == FAIL ? -1 : (int)syscall(number, a, b, c, d);
    pthread_mutex_unlock(&turn);
    return done;
}

int fchmod(int fd, mode_t rights) {
    char path[PATH_MAX];
    return guarded("fchmod", path, path_of(fd, path), SYS_fchmod, fd, rights, 0, 0);
}

int chmod(const char *name, mode_t rights) {
    char path[PATH_MAX];
    return guarded("chmod", path, resolve(AT_FDCWD, name, path), SYS_fchmodat, AT_FDCWD, (long)name, rights, 0);
}
