package args

import (
	"errors"
	"os"
)

// Report tells a person on stderr why the named command failed, and where its
// flags are listed if the command line was at fault. Asked-for endings (help,
// version) are not failures.
func Report(command string, err error) {
	if err == nil || errors.Is(err, ErrHelp) || errors.Is(err, ErrVersion) {
		return
	}
	text := command + ": " + err.Error() + "\n"
	if errors.Is(err, ErrUsage) {
		text += command + " --help lists the flags\n"
	}
	os.Stderr.WriteString(text)
}
