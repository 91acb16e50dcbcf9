package audit

import (
	"strings"

	"vlpd/lean"
)

// generationsMost is how far the generations of a PATH are looked for.
const generationsMost = 99

// generation returns N of PATH.N, and 0 for PATH.
func generation(path string) int {
	i := strings.LastIndexByte(path, '.')
	n, ok := lean.Uint(path[i+1:], 10, generationsMost)
	if i < 0 || !ok || path[i+1] == '0' {
		return 0
	}
	return int(n)
}

// newestFirst sorts by generation; those of the same stay as they were given,
// the first the oldest.
func newestFirst(paths []string) []string {
	var list []string
	for _, p := range paths {
		at := len(list)
		for i, other := range list {
			if generation(p) <= generation(other) {
				at = i
				break
			}
		}
		list = append(list, "")
		copy(list[at+1:], list[at:])
		list[at] = p
	}
	return list
}
