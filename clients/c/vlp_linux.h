/*
 * vlp_linux.h: heartbeats of a Linux process, over the observer's Unix socket.
 *
 *	static vlp_linux v;
 *	vlp_linux_open(&v, "/run/vlpd/vlpd.sock", 1u);
 *	vlp_linux_on_fatal(&v);                      a crash sends a last frame
 *	for (;;) { work(); vlp_linux_beat(&v, VLP_OK, 0u); }
 *
 * Nothing blocks and nothing allocates: a beat is getpid(2), clock_gettime(2)
 * and one send(2). The clock and the nonce move on only when the kernel took
 * the frame. The pid is asked at every beat; a forked child therefore gets a
 * socket, a clock and a nonce 1 of its own by itself.
 *
 * A handle belongs to one thread. Compile with -std=gnu99 or later, or with
 * _XOPEN_SOURCE 700 defined before the first header.
 */
#ifndef VLP_LINUX_H
#define VLP_LINUX_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vlp.h"

#if !defined(CLOCK_MONOTONIC) || !defined(SA_ONSTACK)
#error "vlp_linux.h needs -std=gnu99, or _XOPEN_SOURCE 700"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What became of a beat; the errno behind it is in the handle. */
typedef enum vlp_outcome {
	VLP_SENT = 0,
	VLP_NO_ROOM = 1,      /* dropped: EAGAIN, ENOBUFS, the observer's queue is full */
	VLP_NO_OBSERVER = 2,  /* dropped: ECONNREFUSED, ENOENT */
	VLP_PEER_GONE = 3,    /* dropped: ECONNRESET, ENOTCONN, EPIPE */
	VLP_STORAGE_FULL = 4, /* dropped: ENOSPC */
	VLP_FAILED = 5        /* anything else; a status or a pid that no frame may have is EINVAL */
} vlp_outcome;

typedef struct vlp_linux {
	vlp_agent agent;
	uint64_t start_ns;        /* CLOCK_MONOTONIC; timestamps count from here */
	uint32_t reconnect_after; /* connect again after so many beats in a row that were not sent; 0: never */
	uint32_t missed;          /* beats in a row that were not sent */
	pid_t pid;                /* whose handle this is */
	int fd;                   /* -1: never connected */
	int error;                /* errno of the last beat or connect that failed, 0 after one that did not */
	struct sockaddr_un address;
} vlp_linux;

static inline const char *vlp_outcome_text(vlp_outcome o) {
	static const char *const text[] = { "sent", "dropped: kernel queue full", "dropped: no observer", "dropped: peer gone",
					    "dropped: storage full", "failed" };
	return text[o];
}

static inline vlp_outcome vlp_outcome_of(int error) {
	switch (error) {
	case 0:
		return VLP_SENT;
	case EAGAIN: /* send(2): also EWOULDBLOCK, the same number on Linux */
	case ENOBUFS:
		return VLP_NO_ROOM;
	case ECONNREFUSED:
	case ENOENT:
		return VLP_NO_OBSERVER;
	case ECONNRESET:
	case ENOTCONN:
	case EPIPE:
		return VLP_PEER_GONE;
	case ENOSPC:
		return VLP_STORAGE_FULL;
	default:
		return VLP_FAILED;
	}
}

static inline uint64_t vlp_linux_now(void) {
	struct timespec t = { 0, 0 };
	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
	return ((uint64_t)t.tv_sec * 1000000000u) + (uint64_t)t.tv_nsec;
}

/* A connected socket, or -1 and errno. */
static inline int vlp_linux_dial(const struct sockaddr_un *address) {
	int fd;
	if (address->sun_family != AF_UNIX) { /* the handle was not opened */
		errno = EBADF;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if ((fd >= 0) && (connect(fd, (const struct sockaddr *)address, (socklen_t)sizeof *address) != 0)) {
		int error = errno;
		(void)close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

/* 0 or an errno; one frame, whole or not at all. */
static inline int vlp_linux_send(int fd, const uint8_t frame[VLP_SIZE]) {
	return (send(fd, frame, VLP_SIZE, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) ? errno : 0;
}

/*
 * Connects anew; returns 0 or an errno, after which the old socket is still in
 * use. The nonce goes on.
 */
static inline int vlp_linux_reconnect(vlp_linux *v) {
	int fd = vlp_linux_dial(&v->address);
	if (fd < 0) {
		v->error = errno;
		return v->error;
	}
	if (v->fd >= 0) {
		(void)close(v->fd);
	}
	v->fd = fd;
	v->error = 0;
	return 0;
}

/* What a process starts with: a clock and a nonce of its own. */
static inline void vlp_linux_begin(vlp_linux *v, pid_t pid) {
	v->pid = pid;
	(void)vlp_start(&v->agent, (uint32_t)pid);
	v->start_ns = vlp_linux_now();
	v->missed = 0u;
	v->fd = -1;
	v->error = 0;
}

/*
 * Returns 0 or an errno. When the observer is not there yet (ENOENT,
 * ECONNREFUSED) the handle is good all the same, and connects at a beat if
 * reconnect_after says so. ENAMETOOLONG: a socket's path has 107 bytes at most;
 * EINVAL: it has none. Then it is not opened, and every beat fails.
 */
static inline int vlp_linux_open(vlp_linux *v, const char *path, uint32_t reconnect_after) {
	size_t n = strlen(path);
	(void)memset(v, 0, sizeof *v);
	v->reconnect_after = reconnect_after;
	vlp_linux_begin(v, getpid());
	if ((n == 0u) || (n >= sizeof v->address.sun_path)) { /* none would be an abstract name */
		v->error = (n == 0u) ? EINVAL : ENAMETOOLONG;
		return v->error;
	}
	(void)memcpy(v->address.sun_path, path, n);
	v->address.sun_family = AF_UNIX;
	return vlp_linux_reconnect(v);
}

/* Gives the descriptor back. A beat after it connects again, if reconnect_after says so. */
static inline void vlp_linux_close(vlp_linux *v) {
	if (v->fd >= 0) {
		(void)close(v->fd);
	}
	v->fd = -1;
	v->error = ENOTCONN;
}

/* One beat. After a fork it is the first of the child. */
static inline vlp_outcome vlp_linux_beat(vlp_linux *v, uint8_t status, uint32_t payload) {
	uint8_t frame[VLP_SIZE];
	vlp_agent next;
	pid_t pid = getpid();
	int error;
	if (v->address.sun_family != AF_UNIX) { /* not opened: its fd, 0, is somebody's */
		v->error = (v->error == 0) ? EBADF : v->error;
		return VLP_FAILED;
	}
	if (pid != v->pid) {
		vlp_linux_close(v); /* the parent has its own descriptor */
		vlp_linux_begin(v, pid);
		(void)vlp_linux_reconnect(v);
	}
	next = v->agent;
	if (vlp_beat(&next, status, payload, vlp_linux_now() - v->start_ns, frame) != VLP_FINE) {
		v->error = EINVAL;
		return VLP_FAILED;
	}
	error = (v->fd < 0) ? v->error : vlp_linux_send(v->fd, frame);
	if (error != 0) {
		v->missed += (v->missed < VLP_MAX32) ? 1u : 0u;
		if ((v->reconnect_after != 0u) && (v->missed >= v->reconnect_after)) {
			int why = vlp_linux_reconnect(v);
			if (why == 0) {
				error = vlp_linux_send(v->fd, frame); /* the same frame, once */
			} else if ((v->fd < 0) || (vlp_outcome_of(why) == VLP_FAILED)) {
				error = why; /* news: EACCES, when a socket has come that is not for us */
			}
		}
	}
	v->error = error;
	if (error == 0) {
		v->agent = next;
		v->missed = 0u;
	}
	return vlp_outcome_of(error);
}

/*
 * The last frame of a process: critical, nonce 2^64-1. Every call in it is
 * async-signal-safe (signal-safety(7)), the handle is only read and errno is
 * kept. When the observer was started anew meanwhile it is found by its path.
 */
static inline vlp_outcome vlp_linux_last_words(const vlp_linux *v, uint32_t payload) {
	int kept = errno;
	uint8_t frame[VLP_SIZE];
	vlp_agent self = v->agent;
	int error = ENOTCONN;
	self.id = (uint32_t)getpid();
	if ((v->address.sun_family != AF_UNIX) || (vlp_panic(&self, payload, vlp_linux_now() - v->start_ns, frame) != VLP_FINE)) {
		errno = kept;
		return VLP_FAILED;
	}
	if (v->fd >= 0) {
		error = vlp_linux_send(v->fd, frame);
	}
	if ((error != 0) && (error != EAGAIN)) {
		int fd = vlp_linux_dial(&v->address);
		if (fd >= 0) {
			error = vlp_linux_send(fd, frame);
			(void)close(fd);
		}
	}
	errno = kept;
	return vlp_outcome_of(error);
}

/* ---- optional: last words by themselves, at the signals that end a faulty program */

#define VLP_FATAL_SIGNALS { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS }
#define VLP_FATAL_COUNT 6u

static const vlp_linux *vlp_linux_dying;
static struct sigaction vlp_linux_before[VLP_FATAL_COUNT];

/* Sends, and leaves the signal to whoever had it before. */
static inline void vlp_linux_fatal(int sig, siginfo_t *info, void *context) {
	static const int signals[] = VLP_FATAL_SIGNALS;
	const vlp_linux *v = vlp_linux_dying;
	(void)context;
	if (v != NULL) {
		(void)vlp_linux_last_words(v, 0u);
	}
	for (size_t i = 0u; i < VLP_FATAL_COUNT; i++) {
		if (signals[i] == sig) {
			(void)sigaction(sig, &vlp_linux_before[i], NULL);
		}
	}
	/* Sent by kill(2) or raise(3), or a system call that seccomp(2) refused; any other fault happens again by itself. */
	if ((info->si_code <= 0) || (sig == SIGSYS)) {
		(void)raise(sig);
	}
}

/*
 * Has a crash send the last frame of *v, which must stay. Handlers that were
 * there before are called afterwards. A stack that is full cannot run it
 * unless the thread has another: sigaltstack(2). Returns 0 or an errno. Called
 * again it is the last handle that speaks. Call it from the file whose it is.
 */
static inline int vlp_linux_on_fatal(const vlp_linux *v) {
	static const int signals[] = VLP_FATAL_SIGNALS;
	struct sigaction act;
	(void)memset(&act, 0, sizeof act);
	act.sa_sigaction = vlp_linux_fatal;
	act.sa_flags = SA_SIGINFO | SA_ONSTACK;
	(void)sigemptyset(&act.sa_mask);
	vlp_linux_dying = v;
	for (size_t i = 0u; i < VLP_FATAL_COUNT; i++) {
		struct sigaction before;
		if (sigaction(signals[i], &act, &before) != 0) {
			return errno;
		}
		if (((before.sa_flags & SA_SIGINFO) == 0) || (before.sa_sigaction != vlp_linux_fatal)) { /* not ourselves, for ever */
			vlp_linux_before[i] = before;
		}
	}
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif /* VLP_LINUX_H */
