package tree

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// file is a Go source file of the module.
type file struct {
	path    string // from the root, with slashes
	text    string
	ast     *ast.File
	imports []string
}

// folder is the package's path below the module; "main" for the root.
func (f *file) folder() string {
	if dir := filepath.Dir(f.path); dir != "." {
		return dir
	}
	return "main"
}

func (f *file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// shipped reports whether the file may become part of the binary.
func (f *file) shipped() bool {
	return !f.isTest() && !strings.HasPrefix(f.path, "test/") && !strings.HasPrefix(f.path, "docs/")
}

var positions = token.NewFileSet()

// root is the checkout.
func root() string {
	_, self, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(self), "..", "..")
}

// sources parses every Go file of the module, whatever it is built for.
func sources(t *testing.T) []*file {
	t.Helper()
	var files []*file
	err := filepath.WalkDir(root(), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		f, err := read(path)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files below %s", len(files), root())
	}
	return files
}

func read(path string) (*file, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root(), path)
	if err != nil {
		return nil, err
	}
	f := &file{path: filepath.ToSlash(rel), text: string(text)}
	if f.ast, err = parser.ParseFile(positions, path, text, parser.ParseComments); err != nil {
		return nil, err
	}
	for _, i := range f.ast.Imports {
		f.imports = append(f.imports, strings.Trim(i.Path.Value, `"`))
	}
	return f, nil
}
