// Package args reads command lines the way varta-watch does: long flags only,
// `--flag value` or `--flag=value`, left to right, and an error that names the
// flag, what was expected and what came, never cut short.
//
// A table of flags is the one source of the parser, of the help text and of
// the README's table. The standard flag package would cost weight and print
// its own forms.
package args

import (
	"errors"

	"vlpd/lean"
)

// Flag is one flag: what the help says of it and what its value does.
type Flag struct {
	Name  string // with its dashes
	Arg   string // what the value is called; "" for a switch
	Def   string // the default as text; "" if there is none
	About string
	Set   func(value string) error

	Hidden bool // not in the help
}

// ErrUsage marks an error of the command line, for exit code 2.
var ErrUsage = errors.New("usage")

// ErrHelp and ErrVersion end parsing early: everything before them was right.
var (
	ErrHelp    = errors.New("help")
	ErrVersion = errors.New("version")
)

// Usage makes an error that is ErrUsage.
func Usage(text string) error { return lean.Mark(text, ErrUsage) }

// Parse sets what argv asks for. --help, -h and --version are known without
// being in the table, and win over all that stands behind them.
func Parse(argv []string, flags []Flag) error {
	for len(argv) > 0 {
		name, value, joined := lean.Cut(argv[0], '=')
		argv = argv[1:]
		switch name {
		case "--help", "-h", "--version":
			if joined {
				return Usage(name + " takes no value, got " + lean.Quote(value))
			}
			if name == "--version" {
				return ErrVersion
			}
			return ErrHelp
		}
		f := find(flags, name)
		switch {
		case f == nil:
			return Usage("unknown flag " + name)
		case f.Arg == "" && joined && !f.Hidden:
			return Usage(name + " takes no value, got " + lean.Quote(value))
		case f.Arg != "" && !joined && len(argv) == 0:
			return Usage(name + " requires a value (" + f.Arg + ")")
		case f.Arg != "" && !joined:
			value, argv = argv[0], argv[1:]
		}
		if err := f.Set(value); err != nil {
			return Usage(name + ": " + err.Error())
		}
	}
	return nil
}

func find(flags []Flag, name string) *Flag {
	for i := range flags {
		if flags[i].Name == name {
			return &flags[i]
		}
	}
	return nil
}
