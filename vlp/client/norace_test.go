//go:build !race

package client

import "testing"

func skipUnderRace(*testing.T) {}
