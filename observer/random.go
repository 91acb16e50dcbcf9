package observer

import "golang.org/x/sys/unix"

// fillRandom fills p with what the kernel's generator gives now. It never
// waits: on a board without a source of entropy getrandom(2) blocks for seconds
// after power-on, and an observer that starts meanwhile would not observe. So
// it is for what must differ from start to start, not for secrets.
func fillRandom(p []byte) {
	if n, err := unix.Getrandom(p, unix.GRND_INSECURE); err == nil && n == len(p) { // Linux 5.6
		return
	}
	fd, err := unix.Open("/dev/urandom", unix.O_RDONLY|unix.O_CLOEXEC, 0) // random(4): did not wait before
	if err != nil {
		return
	}
	unix.Read(fd, p)
	unix.Close(fd)
}
