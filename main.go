// vlpd notices who went silent: a heartbeat observer for embedded Linux
// gateways. README.md says what it does, docs/architecture.md how.
package main

import (
	"errors"
	"os"

	"vlpd/args"
	"vlpd/audit"
	"vlpd/beat"
	"vlpd/config"
	"vlpd/demo"
	"vlpd/diag"
	"vlpd/lean"
)

// Exit codes, as the original's.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() { os.Exit(run(os.Args[1:])) }

// run chooses who does the work.
func run(argv []string) int {
	command := watchCommand
	if len(argv) > 0 {
		switch argv[0] {
		case "beat":
			command, argv = beat.Run, argv[1:]
		case "demo":
			command, argv = demo.Run, argv[1:]
		case "audit":
			command, argv = audit.Run, argv[1:]
		}
	}
	err := command(argv)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, args.ErrVersion):
		err = lean.Print(versionLine())
		args.Report("vlpd", err)
		if err == nil {
			return exitOK
		}
	case errors.Is(err, args.ErrUsage):
		return exitUsage
	}
	return exitFailure
}

// watchCommand is the observer itself. Its errors are told in the form that
// its other lines have.
func watchCommand(argv []string) error {
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
		err = observe(&c, log)
	}
	if err != nil {
		log.Say(diag.Error, err.Error())
	}
	if errors.Is(err, args.ErrUsage) {
		log.Say(diag.Info, "vlpd --help lists the flags")
	}
	return err
}
