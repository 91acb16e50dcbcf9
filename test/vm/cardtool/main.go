// Cardtool is what test/vm/storage and test/vm/wear run inside the ARM machine
// beside vlpd.
//
//	cardtool agents SOCKET[,SOCKET...] AGENTS PERIOD SILENCE THRESHOLD
//	cardtool dm create|reload|remove NAME [TABLE LINE...]
//	cardtool block FILE
//	cardtool bystander
//
// Agents is processes that beat, of whom one after the other falls silent; see
// agents.go. Dm is what is needed of dmsetup; see dm.go. Block tells where the
// end of a file is on its device; see block.go. Bystander tells how late this
// machine wakes whoever sleeps; see bystander.go.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

var errUsage = errors.New("usage: cardtool agents|dm|block|bystander ARGUMENTS, see main.go")

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cardtool:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) > 2 && args[0] == "dm":
		return dm(args[1], args[2], args[3:])
	case len(args) == 2 && args[0] == "block":
		return block(args[1])
	case len(args) == 1 && args[0] == "bystander":
		return bystander()
	case len(args) == 6 && args[0] == "agents":
		return startAgents(args[1:])
	}
	return errUsage
}

func startAgents(words []string) error {
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 2 {
		return errUsage
	}
	var times [3]time.Duration
	for i := range times {
		if times[i], err = time.ParseDuration(words[2+i]); err != nil {
			return err
		}
	}
	return agents(words[0], n, times[0], times[1], times[2])
}
