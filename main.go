// vlpd notices who went silent: a heartbeat observer for embedded Linux
// gateways. README.md says what it does, docs/architecture.md how.
package main

import (
	"errors"
	"os"

	"vlpd/args"
	"vlpd/audit"
	"vlpd/beat"
	"vlpd/demo"
	"vlpd/lean"
	"vlpd/observer"
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

// watchCommand is what vlpd does unless it is told otherwise.
func watchCommand(argv []string) error {
	return observer.Run(argv, observer.Release{Version: version, Target: target()})
}
