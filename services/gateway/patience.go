package gateway

import (
	"io"
	"net/http"
	"time"
)

// filePatience is how long a client may neither send nor take anything of a file. The server's limit for whole requests does not
// hold for files: over a slow line they may take minutes.
const filePatience = 30 * time.Second

// patience ends a step that takes too long. It replaces the limits of the server.
type patience struct {
	timer *time.Timer
}

func newPatience(giveUp func(deadline time.Time) error) patience {
	p := patience{time.AfterFunc(filePatience, func() { _ = giveUp(time.Unix(1, 0)) })} // A deadline that is over.
	p.timer.Stop()
	return p
}

// step gives a step its time.
func (p patience) step(do func([]byte) (int, error), bytes []byte) (int, error) {
	p.timer.Reset(filePatience)
	defer p.timer.Stop()
	return do(bytes)
}

// patientBody reads a body for as long as something comes.
type patientBody struct {
	patience

	body io.Reader
}

func patientReader(w http.ResponseWriter, body io.Reader) *patientBody {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Time{}) // Where there is no deadline, none is needed.
	return &patientBody{body: body, patience: newPatience(connection.SetReadDeadline)}
}

// Read implements io.Reader.
func (b *patientBody) Read(p []byte) (int, error) { return b.step(b.body.Read, p) }

// patientAnswer writes an answer for as long as the client takes it.
type patientAnswer struct {
	patience

	w http.ResponseWriter
}

func patientWriter(w http.ResponseWriter) *patientAnswer {
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Time{}) // As above: at the server's deadline the answer would be given up.
	return &patientAnswer{w: w, patience: newPatience(connection.SetWriteDeadline)}
}

// Write implements io.Writer.
func (a *patientAnswer) Write(p []byte) (int, error) { return a.step(a.w.Write, p) }
