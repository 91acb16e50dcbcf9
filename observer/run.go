// Package observer is vlpd itself: who watches the agents, from the bytes that
// come in to the row, the number and the command that come of them.
//
//	config → parts (build*.go) → run → stop
//
// In between the loop (loop.go) owns every agent, every counter and the time. It
// runs in one goroutine, in turns, and calls nothing that can block:
//
//	receive.go udp.go serial.go    frames become beats
//	processes.go                   whose beats they are
//	judge.go                       beats become events; the one way out
//	recover*.go                    events become commands, and those a record
//	replay*.go                     what sealed sources remember is kept
//	notes*.go state.go             what people are told on stderr
//	page.go catalog*.go            what a scrape reads, from a snapshot
//
// Each of these asks a package of its own that knows nothing of the others:
// watch who is alive, trust whose process it is, recovery when to run what, sink
// how rows reach flash. Here is only who meets whom, in which order, and how much
// of a turn each may take.
//
// What is said at start, in the log and at /metrics is for users to rely on, see
// docs/; nothing but Run and what it takes is for other packages.
package observer

import (
	"errors"
	"runtime/debug"

	"vlpd/args"
	"vlpd/config"
	"vlpd/diag"
	"vlpd/lean"
)

// Release is what is running, for the log's start rows and for /metrics.
type Release struct {
	Version string
	Target  string // the port, as Go names it
}

// Run is the observer's life by its command line. Its errors are told in the
// form that its other lines have.
func Run(argv []string, release Release) error {
	debug.SetTraceback("crash") // a crash ends by SIGABRT: with code 2 a supervisor would take it for a wrong flag
	c, err := config.Parse(argv)
	switch {
	case errors.Is(err, args.ErrHelp):
		err = lean.Print(config.Help())
		args.Report("vlpd", err)
		return err
	case errors.Is(err, args.ErrVersion):
		return err
	}
	log := newDiag(c.LogFormat)
	defer log.Close(closeStderrWithin)
	if err == nil {
		err = observe(&c, release, log)
	}
	if err != nil {
		log.Say(diag.Error, err.Error())
	}
	if errors.Is(err, args.ErrUsage) {
		log.Say(diag.Info, config.CalledAs()+" --help lists the flags")
	}
	return err
}
