package gateway

import (
	"io"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// wire is a connection whose deadline ends a wait, as that of a socket does.
type wire struct {
	mu       sync.Mutex
	deadline time.Time
	changed  chan struct{}
	bytes    chan []byte
}

func newWire() *wire { return &wire{changed: make(chan struct{}, 16), bytes: make(chan []byte)} }

func (w *wire) set(deadline time.Time) error {
	w.mu.Lock()
	w.deadline = deadline
	w.mu.Unlock()
	w.changed <- struct{}{}
	return nil
}

func (w *wire) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.deadline.IsZero()
}

func (w *wire) Read(p []byte) (int, error) {
	for {
		if w.over() {
			return 0, os.ErrDeadlineExceeded
		}
		select {
		case piece, ok := <-w.bytes:
			if !ok {
				return 0, io.EOF
			}
			return copy(p, piece), nil
		case <-w.changed:
		}
	}
}

// Each step has the whole patience; a step that lasts longer fails, and nothing is left behind that would end what comes after.
func TestPatience(t *testing.T) {
	t.Parallel()
	t.Run("what comes in time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			line := newWire()
			p := &patience{limit: time.Minute, deadline: line.set}
			go func() {
				for range 3 {
					time.Sleep(59 * time.Second)
					line.bytes <- []byte("x")
				}
				close(line.bytes)
			}()
			text, err := io.ReadAll(readerOf(func(b []byte) (int, error) { return p.step(line.Read, b) }))
			require.NoError(t, err)
			require.Equal(t, "xxx", string(text))
			time.Sleep(time.Hour)
			p.end()
			require.False(t, line.over(), "the server may go on using the connection")
		})
	})
	t.Run("nothing comes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			line := newWire()
			p := &patience{limit: time.Minute, deadline: line.set}
			began := time.Now()
			_, err := p.step(line.Read, make([]byte, 1))
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			require.Equal(t, time.Minute, time.Since(began))
			require.False(t, line.over())
			_, err = p.step(line.Read, make([]byte, 1))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "there is no other step")
		})
	})
	t.Run("ended from elsewhere", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			line := newWire()
			p := &patience{limit: time.Minute, deadline: line.set}
			go func() {
				time.Sleep(time.Second)
				p.end()
			}()
			_, err := p.step(line.Read, make([]byte, 1))
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			_, err = p.step(line.Read, make([]byte, 1))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		})
	})
}

// readerOf is a function as a reader.
type readerOf func([]byte) (int, error)

func (r readerOf) Read(p []byte) (int, error) { return r(p) }
