package liveness

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Hardware is what a hardware watchdog said of itself when it was opened.
// Documentation/watchdog/watchdog-api.rst, include/uapi/linux/watchdog.h.
type Hardware struct {
	Path       string
	Identity   string        // of the driver
	Ioctls     bool          // it speaks the kernel's watchdog interface at all
	Options    uint32        // WDIOF_*
	BootStatus uint32        // WDIOF_* of the last boot; CARDRESET: this watchdog caused it
	Timeout    time.Duration // it resets the machine when it is not fed for so long; 0: unknown
	NoWayOut   bool          // it cannot be disarmed
}

const (
	// timeoutSec is the longest time that the machine may hang. A device that
	// was set to less, by its module's parameter or the device tree, stays so.
	timeoutSec = 30

	// unknownTimeout is assumed of a device that does not tell.
	unknownTimeout = 3 * time.Second
)

// device is the kernel's interface to one watchdog.
type device interface {
	support() (options uint32, identity string, err error) // WDIOC_GETSUPPORT
	get(request uint) (int, error)                         // WDIOC_GET*
	set(request uint, value int) (int, error)              // WDIOC_SET*: what the driver made of it
	keepAlive() error                                      // WDIOC_KEEPALIVE
	write(b byte) error
	close() error
}

// hardware feeds one device. Only the watchdog goroutine uses it after start.
type hardware struct {
	Hardware
	dev    device
	writes bool // feed by write(2): the ioctl is not there
	say    func(Level, string)
	told   once
}

// adopt asks an open device what it is and sets its timeout. Its countdown is
// running already, so nothing in here is fatal.
func adopt(path string, dev device, noWayOut bool, say func(Level, string)) *hardware {
	h := &hardware{Hardware: Hardware{Path: path, NoWayOut: noWayOut}, dev: dev, say: say}
	options, identity, err := dev.support()
	if err != nil {
		h.writes = true
		say(Warn, "hardware watchdog "+path+" has no watchdog ioctls ("+err.Error()+
			"): it is fed a byte every "+secondsText(h.period()/3)+", and what that does is unknown")
		return h
	}
	h.Ioctls, h.Options, h.Identity = true, options, identity
	h.writes = options&unix.WDIOF_KEEPALIVEPING == 0
	if status, err := dev.get(unix.WDIOC_GETBOOTSTATUS); err == nil {
		h.BootStatus = uint32(status)
	}
	h.setTimeout()
	h.setPretimeout()
	h.introduce()
	return h
}

// setTimeout shortens what is longer than ours. A driver that cannot, or not
// to that value, keeps what it has.
func (h *hardware) setTimeout() {
	has, err := h.dev.get(unix.WDIOC_GETTIMEOUT)
	if err != nil {
		has = 0
	}
	if has <= 0 || has > timeoutSec {
		if got, err := h.dev.set(unix.WDIOC_SETTIMEOUT, timeoutSec); err == nil && got > 0 {
			has = got
			if now, err := h.dev.get(unix.WDIOC_GETTIMEOUT); err == nil && now > 0 {
				has = now
			}
		}
	}
	h.Timeout = time.Duration(max(has, 0)) * time.Second
}

// setPretimeout asks for a warning a quarter of the timeout before the reset,
// so that the kernel can say where it hangs. What is set already stays, and it
// is no loss if the driver does not want to.
func (h *hardware) setPretimeout() {
	quarter := int(h.Timeout/time.Second) / 4
	if h.Options&unix.WDIOF_PRETIMEOUT == 0 || quarter == 0 {
		return
	}
	if has, err := h.dev.get(unix.WDIOC_GETPRETIMEOUT); err == nil && has == 0 {
		h.dev.set(unix.WDIOC_SETPRETIMEOUT, quarter)
	}
}

// introduce tells people what they have.
func (h *hardware) introduce() {
	text := "hardware watchdog " + h.Path + ": " + lean.Quote(h.Identity)
	if h.Timeout > 0 {
		text += ", resets the machine after " + secondsText(h.Timeout)
	} else {
		text += ", timeout unknown"
	}
	text += ", fed every " + secondsText(h.period()/3)
	if h.NoWayOut {
		text += "; nowayout: a stop of the observer does not disarm it"
	}
	h.say(Info, text)
	if h.Options&unix.WDIOF_MAGICCLOSE == 0 && !h.NoWayOut {
		h.say(Warn, "hardware watchdog "+h.Path+" has no magic close: it is disarmed when the observer ends, even by a crash")
	}
	if h.BootStatus&unix.WDIOF_CARDRESET != 0 {
		h.say(Warn, "hardware watchdog "+h.Path+": the last reset was this watchdog's (boot status 0x"+
			strconv.FormatUint(uint64(h.BootStatus), 16)+")")
	}
}

// period is the time within which it must be fed.
func (h *hardware) period() time.Duration {
	if h.Timeout > 0 {
		return h.Timeout
	}
	return unknownTimeout
}

// feed puts the reset off. It may block in the driver.
func (h *hardware) feed() {
	err := h.feedOnce()
	if !h.told.note(err) {
		return
	}
	if err != nil {
		h.say(Error, "hardware watchdog "+h.Path+" cannot be fed: "+err.Error())
	} else {
		h.say(Info, "hardware watchdog "+h.Path+" is fed again")
	}
}

func (h *hardware) feedOnce() error {
	if !h.writes {
		err := h.dev.keepAlive()
		if e := errno(err); e != unix.ENOTTY && e != unix.EOPNOTSUPP {
			return err
		}
		h.writes = true
	}
	return h.dev.write(0)
}

// disarm is for a clean stop only: the magic character, then close. What keeps
// running all the same is said.
func (h *hardware) disarm() {
	err := h.dev.write('V')
	if e := h.dev.close(); err == nil {
		err = e
	}
	switch {
	case err != nil:
		h.say(Error, "hardware watchdog "+h.Path+" is not disarmed: "+err.Error())
	case h.NoWayOut:
		h.say(Warn, "hardware watchdog "+h.Path+" goes on (nowayout): the machine is reset after "+
			secondsText(h.period())+" unless somebody feeds it")
	}
}

// secondsText is d with a millisecond's precision, without zeros at the end.
func secondsText(d time.Duration) string {
	return strconv.FormatFloat(float64(d/time.Millisecond)/1000, 'f', -1, 64) + " s"
}
