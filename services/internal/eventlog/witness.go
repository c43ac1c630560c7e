package eventlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protojson"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// Witness keeps the newest checkpoint outside of the database. Whoever removes the end of a log together with the checkpoints
// that cover it must also reach the witness; the farther away it is, the better.
type Witness interface {
	// Keep remembers the checkpoint instead of the one before it.
	Keep(c *eventv1.Checkpoint) error
	// Last returns the checkpoint that was kept last, nil when there is none yet.
	Last() (*eventv1.Checkpoint, error)
}

// FileWitness is a witness in a file, by its path. The file's folder exists.
type FileWitness string

// Keep replaces the file, whole or not at all.
func (f FileWitness) Keep(c *eventv1.Checkpoint) error {
	text, err := protojson.Marshal(c)
	if err != nil {
		return fmt.Errorf("eventlog: witness: %w", err)
	}
	// CreateTemp makes files with mode 0600.
	temporary, err := os.CreateTemp(filepath.Dir(string(f)), ".witness-*")
	if err != nil {
		return fmt.Errorf("eventlog: witness: %w", err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(append(text, '\n'))
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return fmt.Errorf("eventlog: witness: %w", err)
	}
	return os.Rename(temporary.Name(), string(f))
}

// Last reads the file.
func (f FileWitness) Last() (*eventv1.Checkpoint, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("eventlog: witness: %w", err)
	}
	c := &eventv1.Checkpoint{}
	if err := protojson.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("eventlog: witness %s is damaged: %w", string(f), err)
	}
	return c, nil
}
