package audit

import (
	"errors"

	"vlpd/args"
	"vlpd/lean"
	"vlpd/secret"
)

const usage = `usage: vlpd audit verify [FLAG...] FILE...

Checks recovery audit files, vlpd's and varta-watch's (schema v2): header lines,
seq, hash chain, boot records, and what a torn write has left. FILEs may be
given in any order; one FILE alone stands for FILE and all of FILE.1, FILE.2 ...
that are there. Names the first line that is wrong, what was expected and what
came; then totals and the head, the chain value of the last record. Exit code: 0
whole, 1 broken or unreadable, 2 usage.

An unkeyed chain shows mistakes, not malice: whoever can write the file can
compute it anew. Note the head elsewhere and ask for it with --head, or keep the
log with a key.

`

// notesMost is how many remarks are printed; a file can hold any number of reasons for one.
const notesMost = 20

// verification is a run of the command.
type verification struct {
	keyFile string
	head    string
	notes   int
	broken  bool
	first   string // where
	err     error  // of stdout
}

func (v *verification) flags() []args.Flag {
	return []args.Flag{
		{Name: "--key-file", Arg: "PATH", About: "the key of a keyed log, 64 hex digits; the file must be 0600", Set: args.Text(&v.keyFile)},
		{Name: "--head", Arg: "HASH", About: "a head noted earlier: the files must hold a record with it", Set: args.Text(&v.head)},
	}
}

// Run is the command `vlpd audit`. It reports its own errors.
func Run(argv []string) error {
	var v verification
	err := v.run(argv)
	if errors.Is(err, args.ErrHelp) {
		err = lean.Print(usage + args.Help(v.flags()))
	}
	args.Report("vlpd audit", err)
	return err
}

func (v *verification) run(argv []string) error {
	if len(argv) == 0 {
		return args.Usage("expected verify, got nothing")
	}
	if argv[0] == "verify" {
		argv = argv[1:]
	} else if len(argv[0]) == 0 || argv[0][0] != '-' {
		return args.Usage("expected verify, got " + lean.Quote(argv[0]))
	}
	flags, files := apart(argv)
	if err := args.Parse(flags, v.flags()); err != nil {
		return err
	}
	if len(files) == 0 {
		return args.Usage("expected a FILE, got none")
	}
	q := Query{Paths: files}
	if v.keyFile != "" {
		key, err := ReadKey(v.keyFile)
		if err != nil {
			return lean.Wrap("--key-file", err)
		}
		q.Key = &key
	}
	if v.head != "" {
		head, ok := parseHex([]byte(v.head))
		if !ok {
			return args.Usage("--head: " + args.Invalid(v.head, "64 lower-case hex digits").Error())
		}
		q.Head = (*[KeyBytes]byte)(&head)
	}
	return v.verify(q)
}

// apart takes flags, each with its value, from among the files.
func apart(argv []string) (flags, files []string) {
	for i := 0; i < len(argv); {
		a, n := argv[i], 1
		switch _, _, joined := lean.Cut(a, '='); {
		case a == "--":
			return flags, append(files, argv[i+1:]...)
		case a == "" || a[0] != '-':
			n = 0
		case !joined && i+1 < len(argv) && a != "--help" && a != "-h" && a != "--version":
			n = 2
		}
		if n > 0 {
			flags = append(flags, argv[i:i+n]...)
			i += n
		} else {
			files = append(files, a)
			i++
		}
	}
	return flags, files
}

func (v *verification) verify(q Query) error {
	t, err := Verify(q, v.tell)
	if errors.Is(err, ErrKeyNeeded) {
		return args.Usage(err.Error() + " (--key-file)")
	}
	if err == nil {
		err = v.err
	}
	if err == nil {
		err = lean.Print(t.text(q.Key != nil))
	}
	switch {
	case err != nil:
		return err
	case t.Records == 0:
		return lean.New("expected a record, got none")
	case t.Broken > 0:
		return lean.New("broken: " + number(t.Broken) + " lines, the first at " + v.first)
	case t.HeadMissing:
		return lean.New("broken: no record has the noted head " + v.head)
	}
	return nil
}

// tell prints the first break and the first few notes.
func (v *verification) tell(n Note) {
	where := n.File + ":" + number(uint64(n.Line))
	switch {
	case n.Broken && v.broken, !n.Broken && v.notes > notesMost:
		return
	case n.Broken:
		v.broken, v.first = true, where
	case v.notes == notesMost:
		n.Text = "more such notes follow and are left out"
		fallthrough
	default:
		v.notes++
	}
	if err := lean.Print(where + ": " + n.Text + "\n"); v.err == nil {
		v.err = err
	}
}

// text is what stands below the notes.
func (t *Totals) text(keyed bool) string {
	s := number(t.Records) + " records in " + number(t.Files) + " files, seq " + number(t.First) + " to " + number(t.Last)
	if keyed {
		s += ", keyed"
	}
	s += count(t.Unchained, "records without a chain value") + count(t.Unproven, "records whose predecessor is in no file") +
		count(t.Restarts, "records at which seq starts again") + count(t.Foreign, "lines of another schema") + "\nhead " + t.Head
	if t.Whole() {
		return s + "\nwhole\n"
	}
	return s + "\nbroken\n"
}

//go:noinline
func count(n uint64, what string) string {
	if n == 0 {
		return ""
	}
	return "\n" + number(n) + " " + what
}

// ReadKey returns the key in a file: 64 hex digits of either case with white
// space around them, under the rules of package secret.
func ReadKey(path string) (key [KeyBytes]byte, err error) {
	b, err := secret.ReadFile(path)
	if err != nil {
		return key, err
	}
	defer clear(b)
	if key, err = secret.ParseHex(lean.TrimBlanks(b)); err != nil {
		return key, lean.Mark(path+": key "+err.Error(), err)
	}
	return key, nil
}
