package demo

import (
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/vlp"
)

// device is a simulated field device, number 7, on a noisy two-wire bus. Its
// line is a pseudo-terminal behind a link, as udev or mdev would make one, so
// that it can be pulled and plugged in again.
type device struct {
	path   string
	period time.Duration
	end    chan struct{}
	done   chan struct{}

	mu     sync.Mutex
	master int // -1 while unplugged
	on     bool
	frame  vlp.Frame
	boot   time.Time
	noise  noise
}

func newDevice(path string, period time.Duration) (*device, error) {
	d := &device{path: path, period: period, end: make(chan struct{}), done: make(chan struct{}),
		master: -1, noise: 7}
	if err := d.plug(); err != nil {
		return nil, err
	}
	d.power(true)
	go d.run()
	return d, nil
}

// plug makes a new pty and points the link to it. See pty(7).
func (d *device) plug() error {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return lean.PathError("open", "/dev/ptmx", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.master = master
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return lean.SyscallError("ioctl TIOCSPTLCK", err)
	}
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return lean.SyscallError("ioctl TIOCGPTN", err)
	}
	if err := unix.Symlink("/dev/pts/"+strconv.Itoa(n), d.path); err != nil {
		return lean.PathError("symlink", d.path, err)
	}
	return nil
}

// unplug hangs the line up and takes its node away, as a USB adapter does.
func (d *device) unplug() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	unix.Close(d.master)
	d.master = -1
	if err := unix.Unlink(d.path); err != nil {
		return lean.PathError("unlink", d.path, err)
	}
	return nil
}

// power switches the device; switched on, it begins a new session.
func (d *device) power(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.on, d.boot = on, time.Now()
	d.frame = vlp.Frame{PID: 7}
}

func (d *device) run() {
	defer close(d.done)
	alarm := lean.NewAlarm(d.period)
	for {
		select {
		case <-d.end:
			return
		case <-alarm.C:
			alarm.Set(d.period)
			d.transmit()
		}
	}
}

// transmit sends garbage, a beat, and now and then a frame with a flipped bit.
func (d *device) transmit() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.master < 0 {
		return
	}
	var wire []byte
	for range d.noise.below(12) {
		wire = append(wire, byte(d.noise.below(256)))
	}
	if d.on {
		d.frame.Nonce++
		d.frame.Timestamp = uint64(time.Since(d.boot))
		start := len(wire)
		wire = vlp.Append(wire, &d.frame)
		if d.noise.below(5) == 0 {
			wire[start+4+d.noise.below(vlp.Size-4)] ^= 1 << d.noise.below(8)
		}
	}
	unix.Write(d.master, wire) // a full pty loses bytes, as a wire would
}

func (d *device) close() {
	close(d.end)
	<-d.done
	if d.master >= 0 {
		d.unplug()
	}
}

// noise is the wire's randomness, the same in every demo: a xorshift of 32
// bits, by Marsaglia.
type noise uint32

func (x *noise) below(n int) int {
	*x ^= *x << 13
	*x ^= *x >> 17
	*x ^= *x << 5
	return int(uint32(*x) % uint32(n))
}
