// Package beat is `vlpd beat`: a heartbeat, or heartbeats at an interval, from
// a shell script.
//
// The observer believes a frame only if the kernel says that its sender is the
// process it names. A one-shot `vlpd beat` is a process of its own that ends at
// once, so beating in its own name would make a new agent, and a stall, of
// every call. Where the kernel permits it (CAP_SYS_ADMIN, so for root: unix(7),
// SCM_CREDENTIALS) a one-shot beat is therefore sent in the name of the script
// that called it. With --interval the process lives on and beats for itself.
package beat

import (
	"errors"
	"os"
	"os/signal"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/args"
	"vlpd/lean"
	"vlpd/vlp"
)

const usage = `usage: vlpd beat --socket PATH [FLAG...]

One beat for the calling script (root only; else for this process itself), or
with --interval a beat again and again until it is stopped.

`

// options is what the command line asked for.
type options struct {
	socket   string
	interval time.Duration
	count    int64 // 0: no end with an interval, else one
	status   string
	payload  uint32
	pid      string
}

func (o *options) flags() []args.Flag {
	return []args.Flag{
		{Name: "--socket", Arg: "PATH", Def: "required", About: "the observer's socket", Set: args.Text(&o.socket)},
		{Name: "--interval", Arg: "TIME", About: "time between beats: 500ms, 1s, 2m, or seconds", Set: args.Span(&o.interval, time.Millisecond, 366*24*time.Hour)},
		{Name: "--count", Arg: "N", Def: "1, or no end with --interval", About: "end after so many beats", Set: args.Int(&o.count, 1, 1<<62)},
		{Name: "--status", Arg: "ok|degraded|critical", Def: "ok", About: "what the beat says", Set: args.Word(&o.status, "ok", "degraded", "critical")},
		{Name: "--payload", Arg: "N", Def: "0", About: "the beat's payload, 32 bits", Set: args.Int(&o.payload, 0, 1<<32-1)},
		{Name: "--pid", Arg: "self|parent|PID", Def: "parent for one beat as root, else self", About: "in whose name to beat; another's needs CAP_SYS_ADMIN", Set: setPID(&o.pid)},
	}
}

// Run is the command. It reports its own errors.
func Run(argv []string) error {
	o := options{status: "ok"}
	err := args.Parse(argv, o.flags())
	if errors.Is(err, args.ErrHelp) {
		err = lean.Print(usage + args.Help(o.flags()))
		args.Report("vlpd beat", err)
		return err
	}
	if err == nil && o.socket == "" {
		err = args.Usage("missing required flag --socket")
	}
	if err == nil {
		err = o.run()
	}
	args.Report("vlpd beat", err)
	return err
}

func (o *options) run() error {
	if o.interval == 0 && o.count == 0 {
		o.count = 1
	}
	s, err := newSender(o)
	if err != nil {
		return err
	}
	defer s.close()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM, unix.SIGINT)
	signal.Ignore(unix.SIGPIPE) // whoever reads our stderr may end before us
	return s.beats(o, stop)
}

// beats sends them. A beat that does not arrive is told once, until one does;
// with an interval it goes on, for the observer may be restarted meanwhile. It
// ends when the process in whose name it beats has: its id will be another's.
func (s *sender) beats(o *options, stop <-chan os.Signal) error {
	var failed int64
	var last error
	interval := max(o.interval, 1)
	begin, alarm := time.Now(), lean.NewAlarm(interval)
	for sent := int64(1); ; sent++ {
		err := s.send()
		if errors.Is(err, unix.ESRCH) {
			return err
		}
		if err != nil {
			failed++
			if last == nil && o.count != 1 {
				args.Report("vlpd beat", err)
			}
		}
		last = err
		if sent == o.count {
			break
		}
		select {
		case <-alarm.C:
			// From the grid of the first beat, so that they do not drift.
			alarm.Set(interval - time.Since(begin)%interval)
		case <-stop:
			return nil
		}
	}
	if o.count == 1 {
		return last
	}
	if failed > 0 {
		return lean.New(strconv.FormatInt(failed, 10) + " of " + strconv.FormatInt(o.count, 10) + " beats were not sent")
	}
	return nil
}

func setPID(dst *string) func(string) error {
	return func(v string) error {
		if n, ok := lean.Uint(v, 10, 1<<31-1); v != "self" && v != "parent" && (!ok || n < 2) {
			return args.Invalid(v, "self, parent or a process id above 1")
		}
		*dst = v
		return nil
	}
}

// statusOf maps the checked word.
func statusOf(word string) vlp.Status {
	switch word {
	case "degraded":
		return vlp.Degraded
	case "critical":
		return vlp.Critical
	}
	return vlp.OK
}
