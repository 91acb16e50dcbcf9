package tree

import (
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// Beyond these a file has more than one idea and a function more than one step.
const (
	maxFileLines     = 250
	maxFunctionLines = 60
)

func TestFilesAreShort(t *testing.T) {
	for _, f := range sources(t) {
		if n := strings.Count(f.text, "\n"); n > maxFileLines {
			t.Errorf("%s has %d lines, more than %d", f.path, n, maxFileLines)
		}
	}
}

func TestFunctionsAreShort(t *testing.T) {
	for _, f := range sources(t) {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			begin, end := positions.Position(fn.Pos()), positions.Position(fn.End())
			if n := end.Line - begin.Line + 1; n > maxFunctionLines {
				t.Errorf("%s:%d: %s has %d lines, more than %d", f.path, begin.Line, fn.Name.Name, n, maxFunctionLines)
			}
		}
	}
}

// Every package says what it is.
func TestPackagesAreDescribed(t *testing.T) {
	described := map[string]bool{}
	for _, f := range sources(t) {
		if !f.isTest() {
			described[f.folder()] = described[f.folder()] || f.ast.Doc != nil
		}
	}
	for folder, ok := range described {
		if !ok {
			t.Errorf("package %s has no comment", folder)
		}
	}
}

// The words are put together here, or this file would break the rule itself.
var later = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

func TestNothingIsLeftForLater(t *testing.T) {
	for _, f := range sources(t) {
		for i, line := range strings.Split(f.text, "\n") {
			if later.MatchString(line) {
				t.Errorf("%s:%d: %s", f.path, i+1, strings.TrimSpace(line))
			}
		}
	}
}

// Time is an argument; where real processes are involved, tests wait for a
// condition with a deadline.
func TestTestsDoNotSleep(t *testing.T) {
	for _, f := range sources(t) {
		if !f.isTest() {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "Sleep" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
					t.Errorf("%s: a test that sleeps", positions.Position(call.Pos()))
				}
			}
			return true
		})
	}
}
