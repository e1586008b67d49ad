/* What the calls share: settings, the count, and the journal of what a power cut would take. See faults.c. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { COUNT, KILL, TEAR, SHORT, ERROR, ERRORS };
enum sabotage { HONEST, NO_SYNC, NO_DIR_SYNC, MOVES_COPY, LOST_WRITE, CRASH, QUIET };
/* What a call is to do. */
enum verdict { GO, HALF, FAIL, LOSE };

static const char *const MODES[] = {"count", "kill", "tear", "short", "error", "errors"};
static const char *const SABOTAGES[] = {"", "no_sync", "no_dir_sync", "moves_copy", "lost_write", "crash", "quiet"};

/* Held from the count of a call to the end of its effect, so that the journal has the order of the effects. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static char root[PATH_MAX], home[PATH_MAX];
static size_t root_length;
static enum mode mode;
static enum sabotage sabotage;
static long at, counted;
static int error_number, journal = -1, old_bytes = -1;

static int index_of(const char *word, const char *const words[], int count) {
    for (int i = 0; word && i < count; i++)
        if (!strcmp(word, words[i])) return i;
    return 0;
}

static int in_home(const char *name) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/%s", home, name);
    return (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
}

static void begin(void) {
    const char *folder = getenv("TRUEUP_FAULT_ROOT"), *place = getenv("TRUEUP_FAULT_JOURNAL");
    const char *point = getenv("TRUEUP_FAULT_AT"), *number = getenv("TRUEUP_FAULT_ERRNO");
    if (!folder || !place) return;
    snprintf(root, sizeof root, "%s/", folder);
    snprintf(home, sizeof home, "%s", place);
    root_length = strlen(root);
    mode = index_of(getenv("TRUEUP_FAULT_MODE"), MODES, 6);
    sabotage = index_of(getenv("TRUEUP_FAULT_SABOTAGE"), SABOTAGES, 7);
    at = point ? atol(point) : 0;
    error_number = number ? atoi(number) : EIO;
    journal = in_home("journal");
    old_bytes = in_home("bytes");
}

static int watched(const char *path) {
    return root_length && !strncmp(path, root, root_length - 1) && (!path[root_length - 1] || path[root_length - 1] == '/');
}

/* The path of an open file; whether it lies below the folder. */
static int path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    pthread_once(&once, begin);
    if (!root_length || fd <= 2) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return watched(path);
}

/* The real path of a name that may not be there; whether it lies below the folder. */
static int resolve(int folder, const char *name, char path[PATH_MAX]) {
    char text[2 * PATH_MAX], base[PATH_MAX], real[PATH_MAX];
    pthread_once(&once, begin);
    if (!root_length) return 0;
    if (name[0] == '/') {
        snprintf(text, sizeof text, "%s", name);
    } else {
        char link[64];
        snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, base, PATH_MAX - 1);
        base[length < 0 ? 0 : length] = 0;
        snprintf(text, sizeof text, "%s/%s", base, name);
    }
    char *slash = strrchr(text, '/');
    if (!slash) return 0;
    *slash = 0;
    if (!realpath(*text ? text : "/", real)) return 0;
    snprintf(path, PATH_MAX, "%.2000s/%.255s", real, slash + 1);
    return watched(path);
}

static void note(const char *form, ...) {
    char line[4 * PATH_MAX];
    va_list values;
    va_start(values, form);
    int length = vsnprintf(line, sizeof line, form, values);
    va_end(values);
    if (journal >= 0 && length > 0) syscall(SYS_write, journal, line, (size_t)length);
}

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* Counts a call and says what becomes of it. */
static enum verdict gate(const char *call, const char *path) {
    counted++;
    note("#\t%ld\t%s\t%s\n", counted, call, path);
    if (!at || counted < at) return GO;
    if (counted == at) {
        if (sabotage == CRASH) syscall(SYS_exit_group, 101);
        if (sabotage == QUIET) syscall(SYS_exit_group, 0);
        if (sabotage == LOST_WRITE) return LOSE;
        if (mode == KILL) die();
        if (mode == TEAR || mode == SHORT) return HALF;
    }
    if (mode == ERRORS || (mode == ERROR && counted == at)) {
        errno = error_number;
        return FAIL;
    }
    return GO;
}

/* A call without bytes cannot be done by half. */
static enum verdict whole(const char *call, const char *path) {
    enum verdict verdict = gate(call, path);
    if (verdict == HALF && mode == TEAR) die();
    return verdict == FAIL ? FAIL : GO;
}

/* A further name for a file; "-" where it cannot have one: then nobody will find it again either. */
static void keep(const char *from, int follow, const struct stat *file, char kept[64]) {
    char path[PATH_MAX + 80];
    snprintf(kept, 64, "%lx-%lx", (unsigned long)file->st_dev, (unsigned long)file->st_ino);
    snprintf(path, sizeof path, "%s/kept/%s", home, kept);
    if (syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, path, follow ? AT_SYMLINK_FOLLOW : 0) && errno != EEXIST) strcpy(kept, "-");
}

static void keep_open(int fd, const struct stat *file, char kept[64]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    keep(link, 1, file, kept);
}

static void keep_name(const char *path, char kept[64]) {
    struct stat file;
    if (lstat(path, &file) || !S_ISREG(file.st_mode)) strcpy(kept, "-");
    else keep(path, 0, &file, kept);
}

/* Where the next write of an open file goes. */
static off64_t position(int fd) {
    struct stat file;
    if (fcntl(fd, F_GETFL) & O_APPEND) return fstat(fd, &file) ? 0 : file.st_size;
    off64_t here = lseek64(fd, 0, SEEK_CUR);
    return here < 0 ? 0 : here;
}

/* Before bytes change: what is there now. */
static void remember(int fd, off64_t offset, off64_t length) {
    struct stat file;
    char kept[64], piece[1 << 14], link[64];
    if (fstat(fd, &file) || !S_ISREG(file.st_mode)) return;
    keep_open(fd, &file, kept);
    if (kept[0] == '-') return;
    off64_t end = offset + length < file.st_size ? offset + length : file.st_size, from = offset;
    off64_t place = lseek64(old_bytes, 0, SEEK_END);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int reader = from < end ? (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC) : -1;
    while (reader >= 0 && from < end) {
        ssize_t got = pread64(reader, piece, (size_t)(end - from) < sizeof piece ? (size_t)(end - from) : sizeof piece, from);
        if (got <= 0) break;
        syscall(SYS_write, old_bytes, piece, (size_t)got);
        from += got;
    }
    if (reader >= 0) syscall(SYS_close, reader);
    note("W\t%s\t%lld\t%lld\t%lld\t%lld\n", kept, (long long)file.st_size, (long long)offset, (long long)(from - offset), (long long)place);
}

