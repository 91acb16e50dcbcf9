package intake

import (
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/event"
	"vlpd/lean"
)

// opener is the goroutine that keeps one line open, and the only one to open,
// configure and close it. It is allowed to block.
type opener struct {
	cfg     LineConfig // Device is absolute
	usb     *usbSpec   // nil if Device is a path
	index   int
	places  Places
	nodes   *nodes          // nil: no events, only the timer
	poke    chan struct{}   // something happened to a node on our way
	release chan struct{}   // the loop has let go of the descriptor
	doubt   chan struct{}   // the loop doubts that the line is set as it was
	stop    <-chan struct{} // closed once
	changes chan<- Change
	ring    func()

	port     port   // what is open, or was last
	opened   bool   // something was
	replaced bool   // by something else
	hungUp   bool   // just now, and not tried since
	told     uint16 // the reason that was given last; 0 while up
	blind    bool   // a folder on the way cannot be watched
	retry    retry
}

// newOpener knows where to look and is not yet told whom to serve.
func newOpener(c LineConfig, places Places) (opener, error) {
	o := opener{
		cfg: c, places: places,
		poke: make(chan struct{}, 1), release: make(chan struct{}, 1), doubt: make(chan struct{}, 1),
	}
	if spec, isUSB := strings.CutPrefix(c.Device, usbPrefix); isUSB {
		u, err := parseUSB(spec)
		o.usb = &u
		return o, err
	}
	if c.Device != "" && c.Device[0] == '/' {
		return o, nil
	}
	wd, err := unix.Getwd()
	o.cfg.Device = join(wd, c.Device)
	return o, err
}

// run opens, waits until the loop has done with it, closes, and again.
func (o *opener) run() {
	for o.pursue() {
		up := time.Now()
		if o.say(o.up()) {
			o.attend()
		}
		closePort(o.port.fd)
		if time.Since(up) >= steadyAfter {
			o.retry.reset()
		}
		o.hungUp, o.told = true, event.LineHangup // the loop has said so
	}
}

// steadyAfter is how long a line must have been up for its next hang-up to be
// the first again, and not one more of a series.
const steadyAfter = 5 * time.Second

// pursue tries until the line is open, or returns false at stop.
func (o *opener) pursue() bool {
	for !o.stopped() {
		p, err := o.try()
		if err == nil {
			o.accept(p)
			return true
		}
		if !o.complain(codeOf(err)) || !o.pause(o.retry.after(err, o.blind)) {
			return false
		}
	}
	return false
}

// stopped is asked before each try: select takes either of two that are ready.
func (o *opener) stopped() bool {
	select {
	case <-o.stop:
		return true
	default:
		return false
	}
}

// try looks for the node and opens it. A node that has only just hung up is
// left alone for once: its device is leaving, or it does so all the time.
func (o *opener) try() (port, error) {
	path, err := o.locate()
	if err != nil {
		return port{}, err
	}
	if o.hungUp {
		o.hungUp = false
		var st unix.Stat_t
		if unix.Stat(path, &st) == nil && keyOf(&st) == o.port.node {
			return port{}, errHungUp
		}
		o.retry.reset()
	}
	return openPort(&o.cfg, path, &o.places)
}

// locate finds the path of the node, with a hook at every step of the way.
func (o *opener) locate() (string, error) {
	if o.blind = o.nodes == nil; !o.blind {
		o.nodes.forget(o.poke)
	}
	if o.usb == nil {
		return walk(o.cfg.Device, o.hook)
	}
	dev, err := walk(o.places.Dev, o.hook)
	if err != nil {
		return "", err
	}
	o.hook(dev, "")
	name, err := o.usb.find(o.places.Sys)
	return join(dev, name), err
}

// hook asks to be poked when something happens to name in dir. A folder that
// has just gone needs none: the hook at its parent hears of the next one.
func (o *opener) hook(dir, name string) {
	if o.nodes == nil {
		return
	}
	err := o.nodes.watch(dir, name, o.poke)
	if e := errnoOf(err); err != nil && e != unix.ENOENT && e != unix.ENOTDIR {
		o.blind = true
	}
}

// accept takes an open port: nothing is waited for any more, and it is
// compared with the one before.
func (o *opener) accept(p port) {
	if o.nodes != nil {
		o.nodes.forget(o.poke)
	}
	o.replaced = o.opened && o.port.id.replacedBy(p.id)
	o.port, o.opened, o.hungUp, o.told = p, true, false, 0
}

func (o *opener) up() Change {
	c := Change{Line: o.index, Up: true, Code: event.LineOpened, Baud: o.port.baud, fd: o.port.fd}
	if o.replaced {
		c.Code = event.LineReplaced
	}
	return c
}

// complain gives the reason for which the line is down, once. After a hang-up
// it is no news that the device leaves, or has left.
func (o *opener) complain(code uint16) bool {
	leaving := code == event.LineMissing || gone(unix.Errno(code))
	if code == o.told || (leaving && o.told == event.LineHangup) {
		return true
	}
	o.told = code
	return o.say(Change{Line: o.index, Code: code})
}

// say waits if the loop is behind; false means stop.
func (o *opener) say(c Change) bool {
	select {
	case o.changes <- c:
		o.ring()
		return true
	case <-o.stop:
		return false
	}
}

// pause waits for an event, or for d if it is not 0; false means stop.
func (o *opener) pause(d time.Duration) bool {
	var timer <-chan struct{}
	if d > 0 {
		alarm := lean.NewAlarm(d)
		defer alarm.Stop()
		timer = alarm.C
	}
	select {
	case <-o.poke:
		o.retry.reset()
		return true
	case <-timer:
		return true
	case <-o.stop:
		return false
	}
}
