package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// File is a file of rows that is open.
type File struct {
	Rows

	path string
	raw  *counted
	size int64
}

// Next implements Rows; an error that ends the file names it.
func (f *File) Next() (Line, error) {
	line, err := f.Rows.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: %w", f.path, err)
	}
	return line, err
}

// OpenFile opens a file of rows by its extension: .csv, or .jsonl and .ndjson, which have no mapping. The error says what is wrong
// with the file's beginning or with the mapping.
func OpenFile(path, encoding string, mapping *Mapping) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := newFile(file, encoding, mapping)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return f, nil
}

func newFile(file *os.File, encoding string, mapping *Mapping) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file, and could not be gone on with")
	}
	f := &File{path: file.Name(), raw: &counted{file: file}, size: info.Size()}
	text, err := Decoded(f.raw, encoding)
	if err != nil {
		return nil, err
	}
	switch extension := strings.ToLower(filepath.Ext(file.Name())); extension {
	case ".csv", ".tsv", ".txt":
		f.Rows, err = NewTable(text, mapping)
	case ".jsonl", ".ndjson":
		f.Rows = NewJSONLines(text)
	default:
		err = fmt.Errorf("the extension %q is none of .csv, .jsonl and .ndjson", extension)
	}
	return f, err
}

// Size is the file's.
func (f *File) Size() int64 { return f.size }

// Read is how much of it was read.
func (f *File) Read() int64 { return f.raw.n.Load() }

// Close closes it.
func (f *File) Close() error { return f.raw.file.Close() }

// Token is the token of a caller as credentials of a connection.
type Token string

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (t Token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(t)}, nil
}

// RequireTransportSecurity is false: Redress itself speaks without encryption, behind whatever adds it.
func (Token) RequireTransportSecurity() bool { return false }
