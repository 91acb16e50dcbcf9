package tree

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "vlpd/"

// heavy are packages that must not become part of the binary, with those
// below them: each brings weight that a small device has better uses for, or
// a second way to do what the program already does.
var heavy = []string{"net", "flag", "log", "os/exec", "encoding/json", "regexp", "text", "math/big"}

// allowed reads the table of docs/architecture.md: package → what it may
// import of ours. "nothing" means that; a row may name several packages; linux_*
// stands for the folders of platform.
func allowed(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string][]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if !strings.HasPrefix(line, "|") || len(cells) != 2 || strings.HasPrefix(line, "| package") || strings.HasPrefix(line, "|--") {
			continue
		}
		for _, name := range list(cells[0]) {
			rules[name] = list(cells[1])
		}
	}
	if len(rules["main"]) == 0 || len(rules["intake"]) == 0 {
		t.Fatal("docs/architecture.md has no table of imports")
	}
	return rules
}

func list(cell string) []string {
	var words []string
	for word := range strings.SplitSeq(cell, ",") {
		word = strings.TrimPrefix(strings.TrimSpace(word), "its ")
		words = append(words, strings.TrimSuffix(word, " folders"))
	}
	return words
}

// ruleOf names the row that a package falls under.
func ruleOf(folder string) string {
	if rest, ok := strings.CutPrefix(folder, "platform/"); ok && strings.HasPrefix(rest, "linux_") {
		return "linux_*"
	}
	return folder
}

// may reports whether the rule's row allows the import.
func may(row []string, imported string) bool {
	return slices.Contains(row, ruleOf(imported))
}

func TestImportsPointOneWay(t *testing.T) {
	rules := allowed(t)
	seen := map[string]bool{}
	for _, f := range sources(t) {
		if !f.shipped() {
			continue
		}
		row, known := rules[ruleOf(f.folder())]
		if !known && !seen[f.folder()] {
			t.Errorf("package %s has no row in docs/architecture.md", f.folder())
		}
		seen[f.folder()] = true
		for _, path := range f.imports {
			imported, ours := strings.CutPrefix(path, module)
			if known && ours && !may(row, imported) {
				t.Errorf("%s imports %s; %s may import %s", f.path, imported, f.folder(), strings.Join(row, ", "))
			}
		}
	}
	for name := range rules {
		if name != "linux_*" && !seen[name] {
			t.Errorf("docs/architecture.md has a row for %s, which is not there", name)
		}
	}
}

func TestNoHeavyImports(t *testing.T) {
	for _, f := range sources(t) {
		for _, path := range f.imports {
			for _, h := range heavy {
				if f.shipped() && path != "net/netip" && (path == h || strings.HasPrefix(path, h+"/")) {
					t.Errorf("%s imports %s, which must stay out of the binary", f.path, path)
				}
			}
		}
	}
}

// TestClientIsForOthers: package vlp/client is for other programs and must not
// become weight of the binary.
func TestClientIsForOthers(t *testing.T) {
	for _, f := range sources(t) {
		for _, path := range f.imports {
			if f.shipped() && path == module+"vlp/client" {
				t.Errorf("%s imports %s, which is no part of the binary", f.path, path)
			}
		}
	}
}

// TestModulesAreTheTwo: x/sys for the kernel, x/crypto for the one cipher of sealed frames.
func TestModulesAreTheTwo(t *testing.T) {
	for _, f := range sources(t) {
		for _, path := range f.imports {
			foreign := strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
			known := strings.HasPrefix(path, "golang.org/x/sys/") || path == "golang.org/x/crypto/chacha20poly1305"
			if foreign && !known {
				t.Errorf("%s imports %s", f.path, path)
			}
		}
	}
}
