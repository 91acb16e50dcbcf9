package main

import "runtime"

// version and commit are set at link time by scripts/cross-build.sh.
var (
	version = "0.1.0-dev"
	commit  = "unknown"
)

// target names the port as Go does, with the ARM version where it matters.
func target() string {
	t := runtime.GOOS + "/" + runtime.GOARCH
	if goarm != "" {
		t += "v" + goarm
	}
	return t
}

// goarm is the 32-bit ARM version the binary was built for, set at link time
// because the toolchain does not tell the program.
var goarm string

func versionLine() string {
	return "vlpd " + version + " (" + commit + ") " + runtime.Version() + " " + target() + "\n"
}
