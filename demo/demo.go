// Package demo is `vlpd demo`: the real observer on any Linux machine, with no
// hardware and no root.
//
// It starts this same binary as the observer, gives it a Unix socket and a
// pseudo-terminal that plays a serial line, lets a few local agents and a
// simulated device on a noisy wire beat, and makes one of each go silent and
// come back. It tells what it does and what the observer writes to its event
// log, as both happen, and ends with a summary: failure if anything that had
// to be noticed was not.
package demo

import (
	"errors"
	"os"
	"os/signal"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/args"
	"vlpd/lean"
)

const usage = `usage: vlpd demo [--for 20s] [--keep]

Starts the observer with local agents and a simulated serial device, lets one
of each go silent and come back, and prints what happens.

`

const (
	defaultLength = 20 * time.Second
	minLength     = 5 * time.Second
	maxLength     = time.Hour
)

// Run is the command. It reports its own errors.
func Run(argv []string) error {
	length, keep := defaultLength, false
	flags := []args.Flag{
		{Name: "--for", Arg: "TIME", Def: "20s", About: "how long it takes, at least 5s", Set: args.Span(&length, minLength, maxLength)},
		{Name: "--keep", About: "leave the folder with the log behind", Set: func(string) error { keep = true; return nil }},
	}
	err := args.Parse(argv, flags)
	if errors.Is(err, args.ErrHelp) {
		err = lean.Print(usage + args.Help(flags))
		args.Report("vlpd demo", err)
		return err
	}
	if err == nil {
		err = run(length, keep)
	}
	args.Report("vlpd demo", err)
	return err
}

// run builds the scene, plays it and takes it down.
func run(length time.Duration, keep bool) error {
	dir, err := makeFolder()
	if err != nil {
		return err
	}
	if !keep {
		defer removeFolder(dir)
	}
	s := &scene{length: length, dir: dir, start: time.Now()}
	stop := make(chan os.Signal, 1)
	// A closed terminal and a closed pipe end the play as well, not the scene alone.
	signal.Notify(stop, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGPIPE)
	defer s.takeDown()
	if err := s.setUp(); err != nil {
		return err
	}
	s.sayWhere()
	if err := s.play(stop); err != nil {
		return err
	}
	if err := s.summary(keep); err != nil {
		return err
	}
	return unheard
}

// scene is all that takes part.
type scene struct {
	length time.Duration
	dir    string
	start  time.Time

	observer *observer
	agents   []*agent
	device   *device
	log      *tail
}

// threshold is a twentieth of the play, so that each silence is noticed well
// before it ends.
func (s *scene) threshold() time.Duration { return s.length / 20 }

// outlive is after how long the children end by themselves, should the demo be
// killed and not be able to end them.
func (s *scene) outlive() time.Duration { return s.length + 30*time.Second }

func (s *scene) path(name string) string { return s.dir + "/" + name }

func (s *scene) setUp() (err error) {
	if s.device, err = newDevice(s.path("ttyDEMO"), s.threshold()/5); err != nil {
		return err
	}
	if s.observer, err = startObserver(s); err != nil {
		return err
	}
	for _, name := range []string{"pump", "modem", "display"} {
		a, err := startAgent(name, s.path("beats.sock"), s.threshold()/5, s.outlive())
		if err != nil {
			return err
		}
		s.agents = append(s.agents, a)
	}
	s.log, err = openTail(s.path("events.log"), s.names())
	return err
}

// names tells people which process is which.
func (s *scene) names() map[string]string {
	names := map[string]string{"bus/7": "device 7 on the serial line", "bus": "serial line"}
	for _, a := range s.agents {
		pid := strconv.Itoa(a.pid)
		names[pid] = "agent " + a.name + " (pid " + pid + ")"
	}
	return names
}

func (s *scene) takeDown() {
	for _, a := range s.agents {
		a.stop()
	}
	if s.device != nil {
		s.device.close()
	}
	if s.observer != nil {
		s.observer.stop()
	}
}

// say tells what happens, with the seconds since the start.
func (s *scene) say(text string) {
	tenths := int(time.Since(s.start) / (100 * time.Millisecond))
	tell(fit(right(strconv.Itoa(tenths/10), 4) + "." + strconv.Itoa(tenths%10) + "s  " + text))
}

func (s *scene) sayWhere() {
	tell("vlpd demo: " + args.SpanText(s.length) + ", an agent has stalled after " + args.SpanText(s.threshold()) + " of silence")
	tell("  socket   " + s.path("beats.sock"))
	tell("  serial   " + s.device.path + " (a pty, noisy)")
	tell("  log      " + s.path("events.log"))
	tell("  metrics  http://" + s.observer.metrics + "/metrics\n")
}
