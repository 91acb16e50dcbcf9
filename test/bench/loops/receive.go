package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"vlpd/platform"
)

// variants are the candidates, the first being what the others are held against.
var variants = []struct{ name, about string }{
	{"A", "own epoll set in the runtime's, drained until empty"},
	{"B", "the same, one epoll_wait a wake-up"},
	{"C", "socket in the runtime's poller, a second goroutine"},
	{"D", "B, queue raised to 1024, wake-ups batched (5 ms)"},
	{"E", "B, queue raised to 1024, every wake-up"},
}

const (
	windowNS    = 5e6
	queueSysctl = "/proc/sys/net/unix/max_dgram_qlen"

	tokenSocket = 1
	tokenTimer  = 2
)

// receiver counts what comes in on one socket.
type receiver struct {
	fd           int
	batch        *platform.Batch
	poller       *platform.Poller
	timer        *platform.Timer
	clock        *platform.Clock
	beats, wakes int64
}

// receive is a variant, until SIGTERM.
func receive(variant, path string) {
	runtime.GOMAXPROCS(3) // as vlpd
	debug.SetGCPercent(-1)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM)
	r := newReceiver(path, variant >= "D")
	switch variant {
	case "A":
		r.watch(unix.EPOLLIN)
		go r.poller.Run(r.drained)
	case "B", "E":
		r.watch(unix.EPOLLIN)
		go r.poller.Run(r.once)
	case "C":
		r.apart()
	case "D":
		r.watch(unix.EPOLLIN | unix.EPOLLONESHOT)
		go r.poller.Run(r.batched)
	}
	fmt.Println("ready")
	<-stop
	fmt.Println(r.beats, r.wakes) // nothing arrives any more
}

func newReceiver(path string, raised bool) *receiver {
	if raised {
		defer raise()()
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	must(err)
	must(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1))
	must(unix.Bind(fd, &unix.SockaddrUnix{Name: path}))
	r := &receiver{fd: fd, batch: platform.NewBatch(fd, 64, 64)}
	r.poller, err = platform.NewPoller()
	must(err)
	r.clock, err = platform.NewClock(unix.CLOCK_MONOTONIC)
	must(err)
	r.timer, err = platform.NewTimer(unix.CLOCK_MONOTONIC)
	must(err)
	must(r.poller.Add(r.timer.FD(), unix.EPOLLIN, tokenTimer))
	return r
}

// raise lifts the queue limit and returns what puts it back.
func raise() func() {
	old, err := os.ReadFile(queueSysctl)
	must(err)
	must(os.WriteFile(queueSysctl, []byte("1024"), 0))
	return func() { must(os.WriteFile(queueSysctl, old, 0)) }
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (r *receiver) watch(events uint32) { must(r.poller.Add(r.fd, events, tokenSocket)) }

// take reads until nothing waits.
func (r *receiver) take() (total int) {
	for {
		n, err := r.batch.Recv()
		must(err)
		r.beats += int64(n)
		total += n
		if n < 64 {
			return total
		}
	}
}

// drained is A: asks its set again and again until that is empty.
func (r *receiver) drained() (idle, done bool) {
	if n, _ := r.poller.Poll(); n == 0 {
		return true, false
	}
	r.wakes++
	r.take()
	return false, false
}

// once is B: one look a wake-up; whatever becomes ready later is a new edge.
func (r *receiver) once() (idle, done bool) {
	r.wakes++
	if n, _ := r.poller.Poll(); n > 0 {
		r.take()
	}
	return true, false
}

// apart is C: the socket is the runtime's own business, the set with all else
// belongs to another goroutine, and a baton keeps them from running at once.
func (r *receiver) apart() {
	var baton sync.Mutex
	go r.poller.Run(func() (idle, done bool) {
		baton.Lock()
		defer baton.Unlock()
		r.poller.Poll()
		return true, false
	})
	file := os.NewFile(uintptr(r.fd), "socket")
	conn, err := file.SyscallConn()
	must(err)
	go func(conn syscall.RawConn) {
		conn.Read(func(uintptr) bool {
			baton.Lock()
			defer baton.Unlock()
			r.wakes++
			r.take()
			return false
		})
	}(conn)
}

// batched is D: woken by the first beat only, then by the clock, until a
// window brings nothing.
func (r *receiver) batched() (idle, done bool) {
	r.wakes++
	n, _ := r.poller.Poll()
	if n == 0 {
		return true, false
	}
	r.timer.Clear()
	if r.take() > 0 {
		must(r.timer.Set(r.clock.Absolute(r.clock.Now()) + windowNS))
	} else {
		must(r.poller.Mod(r.fd, unix.EPOLLIN|unix.EPOLLONESHOT, tokenSocket))
	}
	return true, false
}
