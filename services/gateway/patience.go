package gateway

import (
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// filePatience is how long a client may neither send nor take anything of a file. The server's limit for whole requests does
	// not hold for files: over a slow line they may take minutes.
	filePatience = 30 * time.Second
	// linePatience is how long a client may send no row of an import, or read no outcome.
	linePatience = 2 * time.Minute
)

// patience ends a step that takes too long, such as a read. It replaces the limits of the server. It measures the time itself
// instead of setting a deadline before each step: a deadline that is left behind would end what the server does next.
type patience struct {
	limit time.Duration
	// deadline is that of the connection.
	deadline func(time.Time) error

	mu sync.Mutex
	// steps counts them, and under says that the last one is under way.
	steps int
	under bool
	ended bool
}

// over is a deadline that is over.
func over() time.Time { return time.Unix(1, 0) }

// step gives a step its time. After one that failed, or after end, there is no other.
func (p *patience) step(do func([]byte) (int, error), bytes []byte) (int, error) {
	p.mu.Lock()
	if p.ended {
		p.mu.Unlock()
		return 0, io.ErrUnexpectedEOF
	}
	p.steps++
	number := p.steps
	p.under = true
	timer := time.AfterFunc(p.limit, func() { p.expire(number) })
	p.mu.Unlock()
	defer timer.Stop()
	n, err := do(bytes)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under = false
	if err != nil {
		// From now on the server itself reads, to see whether the client is still there. A deadline that is over would look as if it
		// were not.
		p.ended = true
		_ = p.deadline(time.Time{})
	}
	return n, err
}

// expire has a step fail, if it is still under way.
func (p *patience) expire(number int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under && p.steps == number {
		_ = p.deadline(over()) // A connection without deadlines has all the patience there is.
	}
}

// end has a step that is under way fail, and all later ones. What was read to its end has none.
func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.ended = true
		_ = p.deadline(over())
	}
}

// patientBody reads a body for as long as something comes.
type patientBody struct {
	patience

	body io.Reader
}

func patientReader(w http.ResponseWriter, body io.Reader, limit time.Duration) *patientBody {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Time{}) // Where there is no deadline, none is needed.
	return &patientBody{body: body, patience: patience{limit: limit, deadline: connection.SetReadDeadline}}
}

// Read implements io.Reader.
func (b *patientBody) Read(p []byte) (int, error) { return b.step(b.body.Read, p) }

// patientAnswer writes an answer for as long as the client takes it.
type patientAnswer struct {
	patience

	w          http.ResponseWriter
	connection *http.ResponseController
}

func patientWriter(w http.ResponseWriter, limit time.Duration) *patientAnswer {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Time{}) // As above: at the server's deadline the answer would be given up.
	return &patientAnswer{w: w, connection: connection, patience: patience{limit: limit, deadline: connection.SetWriteDeadline}}
}

// Write implements io.Writer.
func (a *patientAnswer) Write(p []byte) (int, error) { return a.step(a.w.Write, p) }

// flush has what was written sent.
func (a *patientAnswer) flush() error {
	_, err := a.step(func([]byte) (int, error) { return 0, a.connection.Flush() }, nil)
	return err
}
