package liveness

import (
	"os"
	"strconv"
	"time"

	"vlpd/lean"
)

// NotForChildren are the variables that say how to reach systemd. A child that
// inherits them could speak in our name: sd_notify(3), unset_environment.
var NotForChildren = [...]string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}

// Environ is what systemd wants, by its variables: the socket's name, "" for
// none, and the time after which it takes us for dead without WATCHDOG=1, 0
// for never. WATCHDOG_PID, if it is set and is not us, means that another
// process is watched: sd_watchdog_enabled(3). A time that is none is reported,
// as whoever set it believes us to be watched.
func Environ() (socket string, watchdog time.Duration, err error) {
	socket = os.Getenv(NotForChildren[0])
	usec := os.Getenv(NotForChildren[1])
	if _, ok := lean.Uint(usec, 10, maxUsec); !ok && usec != "" {
		return socket, 0, lean.New("WATCHDOG_USEC is " + strconv.Quote(usec) + ", not a time in microseconds; systemd is told of no beats")
	}
	return socket, watchdogTime(usec, os.Getenv(NotForChildren[2]), os.Getpid()), nil
}

// maxUsec is 292 years, what a time.Duration can hold.
const maxUsec = uint64(1<<63-1) / 1000

func watchdogTime(usec, pid string, self int) time.Duration {
	n, ok := lean.Uint(usec, 10, maxUsec)
	if !ok {
		return 0
	}
	if pid != "" {
		if p, ok := lean.Uint(pid, 10, 1<<31-1); !ok || int(p) != self {
			return 0
		}
	}
	return time.Duration(n) * time.Microsecond
}
