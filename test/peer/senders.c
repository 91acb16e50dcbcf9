// senders: many agents at once, each a process with frames of its own.
//
//	senders SOCKET PROCS FRAMES flood [BATCH]       as fast as the socket takes them (blocking)
//	senders SOCKET PROCS FRAMES pace PERIOD_US      one frame a period, phases spread over it
//	senders SOCKET PROCS FRAMES burst PERIOD_US     one frame a period, all in the same instant
//
// Flood blocks and loses nothing; the other two never wait, as a real agent
// does, and count what the kernel refused. It prints "ready" when all frames
// are made, starts at the first line on standard input, prints
//
//	sent N refused N seconds S
//	drained                        when the receiver has taken all of them
//
// and keeps its processes alive until standard input ends, so that an observer
// can still look them up.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FRAME = 32, MAX_BATCH = 64 };

struct tally { uint64_t sent, refused; }; // one a process, in shared memory

struct job {
	const char *path;
	int procs, frames, batch;
	int64_t period_ns; // 0: flood
	int spread;
	volatile int64_t *start_ns;   // set by the parent before it lets all go
	int go, taken, release, done; // pipe ends of a child
};

static uint32_t crc_table[256];

static void make_crc_table(void) {
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
		crc_table[i] = c;
	}
}

static uint32_t crc32c(const unsigned char *p, size_t n) {
	uint32_t c = ~0u;
	while (n--) c = crc_table[(c ^ *p++) & 255] ^ c >> 8;
	return ~c;
}

static void put(unsigned char *p, uint64_t v, int bytes) {
	for (int i = 0; i < bytes; i++) p[i] = (unsigned char)(v >> 8 * i);
}

static void make_frame(unsigned char *f, uint32_t pid, uint64_t nonce) {
	memset(f, 0, FRAME);
	f[0] = 'V', f[1] = 'A', f[2] = 2;
	put(f + 4, pid, 4);
	put(f + 8, nonce * 1000, 8);
	put(f + 16, nonce, 8);
	put(f + 24, nonce & 0xffff, 4);
	put(f + 28, crc32c(f, 28), 4);
}

static int64_t now_ns(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_until(int64_t ns) {
	struct timespec t = {ns / 1000000000, ns % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {}
}

static void die(const char *what) { perror(what); _exit(1); }

static int connect_to(const char *path, int force_buf) {
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (strlen(path) >= sizeof a.sun_path) { errno = ENAMETOOLONG; die(path); }
	strcpy(a.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0) die("senders: connect");
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &force_buf, sizeof force_buf); // root only; the default does for small runs
	return fd;
}

static void flood(const struct job *j, int fd, unsigned char *frames, struct tally *t) {
	struct mmsghdr m[MAX_BATCH];
	struct iovec v[MAX_BATCH];
	memset(m, 0, sizeof m);
	for (int i = 0; i < j->frames;) {
		int n = j->frames - i < j->batch ? j->frames - i : j->batch;
		for (int k = 0; k < n; k++) {
			v[k] = (struct iovec){frames + (size_t)(i + k) * FRAME, FRAME};
			m[k].msg_hdr.msg_iov = &v[k];
			m[k].msg_hdr.msg_iovlen = 1;
		}
		int got = n == 1 ? (int)send(fd, v[0].iov_base, FRAME, 0) / FRAME : sendmmsg(fd, m, (unsigned)n, 0);
		if (got <= 0) die("senders: send");
		i += got;
		t->sent += (unsigned)got;
	}
}

static void timed(const struct job *j, int me, int fd, unsigned char *frames, struct tally *t) {
	int64_t at = *j->start_ns + (j->spread ? j->period_ns * me / j->procs : 0);
	for (int i = 0; i < j->frames; i++, at += j->period_ns) {
		sleep_until(at);
		if (send(fd, frames + (size_t)i * FRAME, FRAME, MSG_DONTWAIT) == FRAME) t->sent++;
		else if (errno == EAGAIN || errno == ENOBUFS) t->refused++;
		else die("senders: send");
	}
}

// wait_taken returns when nothing that was sent is still queued at the receiver.
static void wait_taken(int fd) {
	const struct timespec pause = {0, 10000000};
	for (int queued = 1; ioctl(fd, SIOCOUTQ, &queued) == 0 && queued > 0;) nanosleep(&pause, NULL);
}

static void child(const struct job *j, int me, struct tally *t) {
	int fd = connect_to(j->path, j->frames * 2048 + 65536);
	unsigned char *frames = malloc((size_t)j->frames * FRAME);
	char c = 1;
	if (!frames) die("senders: malloc");
	for (int i = 0; i < j->frames; i++) make_frame(frames + (size_t)i * FRAME, (uint32_t)getpid(), (uint64_t)i + 1);
	if (write(j->done, &c, 1) != 1) die("senders: pipe");
	while (read(j->go, &c, 1) > 0) {}
	if (j->period_ns) timed(j, me, fd, frames, t);
	else flood(j, fd, frames, t);
	if (write(j->done, &c, 1) != 1) die("senders: pipe");
	while (read(j->taken, &c, 1) > 0) {}
	wait_taken(fd);
	if (write(j->done, &c, 1) != 1) die("senders: pipe");
	while (read(j->release, &c, 1) > 0) {}
	_exit(0);
}

static void wait_all(int fd, int procs) {
	char c;
	while (procs-- > 0)
		if (read(fd, &c, 1) != 1) { fputs("senders: a process died\n", stderr); exit(1); }
}

static int parse(int argc, char **argv, struct job *j) {
	if (argc < 5) return 0;
	j->path = argv[1], j->procs = atoi(argv[2]), j->frames = atoi(argv[3]), j->batch = 1;
	if (!strcmp(argv[4], "flood")) j->batch = argc > 5 ? atoi(argv[5]) : 1;
	else if (argc > 5) j->period_ns = atoll(argv[5]) * 1000, j->spread = !strcmp(argv[4], "pace");
	else return 0;
	return j->procs > 0 && j->frames > 0 && j->batch > 0 && j->batch <= MAX_BATCH;
}

int main(int argc, char **argv) {
	struct job j = {0};
	int go[2], taken[2], release[2], done[2];
	char line[16];
	if (!parse(argc, argv, &j)) { fputs("usage: senders SOCKET PROCS FRAMES flood [BATCH] | pace PERIOD_US | burst PERIOD_US\n", stderr); return 2; }
	if (pipe(go) || pipe(taken) || pipe(release) || pipe(done)) die("senders: pipe");
	size_t room = sizeof(int64_t) + sizeof(struct tally) * (size_t)j.procs;
	char *shared = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) die("senders: mmap");
	struct tally *t = (struct tally *)(shared + sizeof(int64_t));
	j.start_ns = (volatile int64_t *)shared, j.go = go[0], j.taken = taken[0], j.release = release[0], j.done = done[1];
	make_crc_table();
	for (int i = 0; i < j.procs; i++) {
		pid_t p = fork();
		if (p < 0) die("senders: fork");
		if (p == 0) { close(go[1]); close(taken[1]); close(release[1]); child(&j, i, &t[i]); }
	}
	close(done[1]);
	wait_all(done[0], j.procs);
	puts("ready"), fflush(stdout);
	if (!fgets(line, sizeof line, stdin)) return 1;
	int64_t begin = now_ns();
	*j.start_ns = begin + (j.period_ns ? 50000000 : 0);
	close(go[1]);
	wait_all(done[0], j.procs);
	double seconds = (double)(now_ns() - begin) / 1e9;
	struct tally sum = {0};
	for (int i = 0; i < j.procs; i++) sum.sent += t[i].sent, sum.refused += t[i].refused;
	printf("sent %llu refused %llu seconds %.6f\n", (unsigned long long)sum.sent, (unsigned long long)sum.refused, seconds);
	fflush(stdout);
	close(taken[1]);
	wait_all(done[0], j.procs);
	puts("drained"), fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {}
	close(release[1]);
	while (wait(NULL) > 0) {}
	return 0;
}
