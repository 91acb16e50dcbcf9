package liveness

import (
	"strconv"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// owed are messages of the running loop that the peer's queue had no room for.
// The loop sends them when its timer rings, in the order in which they must
// arrive: systemd.service(5), Type=notify-reload.
type owed struct {
	reloading bool
	ready     bool
	status    bool
	at        int64 // when to try again, on the loop's clock; 0: nothing is owed
	tries     int

	text  []byte // STATUS=…
	since []byte // RELOADING=1 with the moment of its beginning
	told  once
}

const (
	oweAgainNS = 50e6
	oweTries   = 100 // 5 s: whoever does not read for so long is not there
)

var (
	msgReady    = []byte("READY=1\n")
	msgWatchdog = []byte("WATCHDOG=1\n")
	msgStopping = []byte("STOPPING=1\n")
)

// setReloading notes the moment on CLOCK_MONOTONIC, by which systemd tells
// this reload from one that began before it asked.
func (w *owed) setReloading() {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	w.since = lean.Add(w.since[:0], "RELOADING=1\nMONOTONIC_USEC=")
	w.since = strconv.AppendInt(w.since, ts.Nano()/1000, 10)
	w.since = append(w.since, '\n')
	w.reloading, w.ready = true, false
}

// setStatus keeps the newest text. A newline would begin another variable.
func (w *owed) setStatus(text string) {
	w.text = lean.Add(w.text[:0], "STATUS=")
	from := len(w.text)
	w.text = lean.Add(w.text, text)
	for i := from; i < len(w.text); i++ {
		if w.text[i] < ' ' {
			w.text[i] = ' '
		}
	}
	w.text = append(w.text, '\n')
	w.status = true
}

// pay sends what is owed. It cannot block. What is still owed then is tried
// again at w.at.
func (w *owed) pay(n *notifier, now int64) error {
	for w.reloading || w.ready || w.status {
		if err := n.send(w.next()); full(err) && w.tries < oweTries {
			w.tries++
			w.at = now + oweAgainNS
			return nil
		} else if err != nil {
			w.reloading, w.ready, w.status = false, false, false
			w.settle()
			return lean.SyscallError("sendto", err)
		}
		w.done()
	}
	w.settle()
	return nil
}

func (w *owed) settle() { w.at, w.tries = 0, 0 }

func (w *owed) next() []byte {
	switch {
	case w.reloading:
		return w.since
	case w.ready:
		return msgReady
	}
	return w.text
}

func (w *owed) done() {
	switch {
	case w.reloading:
		w.reloading = false
	case w.ready:
		w.ready = false
	default:
		w.status = false
	}
}
