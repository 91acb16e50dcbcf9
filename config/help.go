package config

import "vlpd/args"

const helpHead = `vlpd notices which programs and serial devices stop sending heartbeats.

usage: vlpd --socket PATH --threshold-ms MS [FLAG...]   watch
       vlpd beat --socket PATH [FLAG...]                beat, from a script
       vlpd audit verify FILE...                        is the record whole?
       vlpd demo [--for 20s]                            see it work, no hardware
       vlpd --help | --version

A flag's value follows it or a "=". Exit codes: 0 stopped, 1 failure, 2 usage.

`

// Help is the whole text of --help.
func Help() string {
	var c Config
	return helpHead + args.Help(flagsOf(&c))
}
