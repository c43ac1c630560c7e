package importer

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// lineEvery is how often progress is told where there is no terminal.
const lineEvery = 5 * time.Second

// Progress tells how far an import is: by a bar on a terminal, else by a line now and then.
type Progress struct {
	mu   sync.Mutex
	out  io.Writer
	now  func() time.Time
	bar  *progressbar.ProgressBar
	read func() int64
	size int64
	last time.Time
}

// NewProgress makes a progress over a file of that size, of which read says how much was read.
func NewProgress(out io.Writer, terminal bool, size int64, read func() int64, now func() time.Time) *Progress {
	p := &Progress{out: out, now: now, read: read, size: size, last: now()}
	if terminal {
		p.bar = progressbar.NewOptions64(max(size, 1),
			progressbar.OptionSetWriter(out), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30),
			progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
		)
	}
	return p
}

// Show tells how far it is, if it is time to.
func (p *Progress) Show(s Summary) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("%d rows, %d refused", s.Rows, s.Refused))
		_ = p.bar.Set64(min(p.read(), max(p.size, 1))) // A bar that cannot be drawn is no reason to stop.
		return
	}
	if now := p.now(); now.Sub(p.last) >= lineEvery {
		p.last = now
		share := 100.0
		if p.size > 0 {
			share = 100 * float64(p.read()) / float64(p.size)
		}
		_, _ = fmt.Fprintf(p.out, "%d rows, %d refused, %.0f %% read\n", s.Rows, s.Refused, share)
	}
}

// Wait tells that it does not go on at the moment, and why, until the next row is shown. Where there is no terminal it is told as seldom as
// progress is.
func (p *Progress) Wait(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Describe("waiting for " + what)
		return
	}
	if now := p.now(); now.Sub(p.last) >= lineEvery {
		p.last = now
		_, _ = fmt.Fprintln(p.out, "waiting for "+what)
	}
}

// Note tells something beside.
func (p *Progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	_, _ = fmt.Fprintln(p.out, text)
}

// End takes the bar away.
func (p *Progress) End() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
