package attachment

import (
	"context"
	"errors"
	"io"
)

// Scanner looks for malware in what is uploaded.
type Scanner interface {
	// Scan reads content, need not read it to its end, and says what it found. An error means that it could not tell: the upload
	// is then refused as UNAVAILABLE. It returns soon after ctx has ended.
	Scan(ctx context.Context, content io.Reader) (Verdict, error)
}

// Verdict is what a scan found.
type Verdict struct {
	// Finding is the scanner's name for the malware; empty when it found none.
	Finding string
}

// errAbandoned ends a scan whose upload has failed.
var errAbandoned = errors.New("attachment: the upload has failed")

// scanning is a scan on its way: what is written to it is scanned while it goes elsewhere as well. It is an io.Writer.
type scanning struct {
	pipe    *io.PipeWriter // Nil without a scanner.
	done    chan struct{}
	verdict Verdict
	err     error
}

// startScan begins a scan. The caller ends it with finish or, after ctx was cancelled, with abandon.
func startScan(ctx context.Context, scanner Scanner) *scanning {
	if scanner == nil {
		return &scanning{}
	}
	r, w := io.Pipe()
	s := &scanning{pipe: w, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		if s.verdict, s.err = scanner.Scan(ctx, r); s.err == nil {
			_, _ = io.Copy(io.Discard, r) // What it found it knows already; the rest need not be read.
		}
		_ = r.CloseWithError(s.err) // Never fails.
	}()
	return s
}

// Write implements io.Writer. It fails when the scanner has failed.
func (s *scanning) Write(p []byte) (int, error) {
	if s.pipe == nil {
		return len(p), nil
	}
	n, err := s.pipe.Write(p)
	if err != nil {
		err = away("The malware scanner", err)
	}
	return n, err
}

// finish waits for the verdict on what was written.
func (s *scanning) finish() (Verdict, error) {
	if s.pipe == nil {
		return Verdict{}, nil
	}
	_ = s.pipe.Close() // Never fails.
	<-s.done
	if s.err != nil {
		return Verdict{}, away("The malware scanner", s.err)
	}
	return s.verdict, nil
}

// abandon ends the scan, whatever it would find. After finish it does nothing.
func (s *scanning) abandon() {
	if s.pipe == nil {
		return
	}
	_ = s.pipe.CloseWithError(errAbandoned) // Never fails.
	<-s.done
}
