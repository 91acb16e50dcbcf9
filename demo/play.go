package demo

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// act is one thing that happens, at a share of the whole length.
type act struct {
	percent int
	say     string
	do      func(*scene) error
}

// plot is what the demo shows, in order.
var plot = []act{
	{15, "> agent pump hangs (SIGSTOP)", func(s *scene) error { return s.agents[0].signal(unix.SIGSTOP) }},
	{30, "> agent pump goes on (SIGCONT)", func(s *scene) error { return s.agents[0].signal(unix.SIGCONT) }},
	{40, "> device 7 loses its power", func(s *scene) error { s.device.power(false); return nil }},
	{55, "> device 7 starts anew, with nonce 1", func(s *scene) error { s.device.power(true); return nil }},
	{65, "> somebody pulls the serial adapter", func(s *scene) error { return s.device.unplug() }},
	{80, "> and plugs it in again", func(s *scene) error { return s.device.plug() }},
	{100, "", nil},
}

// look is how often the log is looked at and progress is told.
const look = 50 * time.Millisecond

// play goes through the plot and tells what the log says meanwhile.
func (s *scene) play(stop <-chan os.Signal) error {
	alarm := lean.NewAlarm(0)
	begin, told := time.Now(), 0
	for len(plot) > 0 {
		select {
		case <-stop:
			return lean.New("interrupted")
		case err := <-s.observer.ended:
			return ended(err)
		case <-alarm.C:
			alarm.Set(look)
		}
		if err := s.log.follow(s.say); err != nil {
			return err
		}
		percent := int(100 * time.Since(begin) / s.length)
		if percent/10 > told/10 {
			told = percent
			s.say("  " + right(strconv.Itoa(min(percent, 100)), 3) + " %  " + strconv.Itoa(s.log.kinds["beat"]) + " beats so far")
		}
		if percent < plot[0].percent {
			continue
		}
		a := plot[0]
		plot = plot[1:]
		if a.do != nil {
			s.say(a.say)
			if err := a.do(s); err != nil {
				return lean.Wrap(a.say, err)
			}
		}
	}
	return nil
}

// ended is the failure when the observer is gone, with an error or without.
func ended(err error) error {
	const what = "the observer ended by itself"
	if err == nil {
		return lean.New(what)
	}
	return lean.Wrap(what, err)
}
