package tlsfile

import (
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// lookEvery is how often files are looked at, at most.
const lookEvery = time.Second

// Deps are what watching files needs. All are required.
type Deps struct {
	// Now is the clock that certificates are valid by.
	Now func() time.Time
	// Logger hears of rotations.
	Logger *slog.Logger
}

// stamp tells one content of a file from another.
type stamp struct {
	modified time.Time
	size     int64
}

// watched is what was read of some files, and is read again when one of them has changed.
type watched[T any] struct {
	deps  Deps
	paths []string
	read  func() (T, error)

	mu    sync.Mutex
	value T
	// known are the stamps of the value, tried those of the last attempt to read.
	known, tried []stamp
	next         time.Time
}

// watch reads the files for the first time.
func watch[T any](deps Deps, read func() (T, error), paths ...string) (*watched[T], error) {
	if deps.Now == nil || deps.Logger == nil {
		return nil, errors.New("tlsfile: clock and logger are required")
	}
	w := &watched[T]{deps: deps, paths: paths, read: read}
	w.known = w.stamps() // Before reading: what changes meanwhile is read again.
	w.tried, w.next = w.known, deps.Now().Add(lookEvery)
	var err error
	w.value, err = read()
	return w, err
}

// current is the newest content that could be used.
func (w *watched[T]) current() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.deps.Now()
	if now.Before(w.next) {
		return w.value
	}
	w.next = now.Add(lookEvery)
	found := w.stamps()
	if slices.Equal(found, w.known) {
		return w.value
	}
	value, err := w.read()
	switch {
	case err == nil:
		w.value, w.known = value, found
		w.deps.Logger.Info("rotated files of TLS are in use", "files", w.paths)
	case !slices.Equal(found, w.tried):
		// Once for each content; it is tried again all the same, since a file may be replaced after its stamp was taken.
		w.deps.Logger.Error("rotated files of TLS cannot be used; those before them stay in use", "error", err)
	}
	w.tried = found
	return w.value
}

// stamps are those of the files now; one that is missing has an empty one.
func (w *watched[T]) stamps() []stamp {
	all := make([]stamp, len(w.paths))
	for i, path := range w.paths {
		if info, err := os.Stat(path); err == nil {
			all[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return all
}
