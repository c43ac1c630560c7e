// Package logtest lets a test read what a program logs or prints while it runs.
// Only tests import it.
package logtest

import (
	"bytes"
	"sync"
)

// Buffer keeps what is written to it. Any number of goroutines may write and
// read at the same time; each write stays in one piece. The zero value is empty
// and ready. It must not be copied after its first use.
type Buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer. It returns no error.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is everything that was written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
