package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

const (
	// firstPause and longestPause bound the pauses before the server is tried again.
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
	// silence is how long the server may leave a row unanswered before that is told.
	silence = 3 * time.Second
)

// Config says how to import.
type Config struct {
	// Options are those of the import.
	Options *intakev1.ImportOptions
	// Concurrency is how many rows are under way at a time.
	Concurrency int
	// Patience is how long a server that is away is waited for, since the last row that it answered.
	Patience time.Duration
}

// Deps are what an import works with; all are required.
type Deps struct {
	// Client reaches the server.
	Client intakev1.ImportServiceClient
	// Rows are read from their beginning; those that have an outcome are passed over.
	Rows Rows
	// Journal has the outcomes.
	Journal *Journal
	// Progress is told of each row that has an outcome.
	Progress func(Summary)
	// Retrying is told that the server is away, or files nothing at the moment.
	Retrying func(error)
	// Waiting is told, on a goroutine of its own, that the server lets a row wait. Progress comes after it, once it goes on.
	Waiting func()
	// Now is the clock.
	Now func() time.Time
}

// Import imports rows until there are no more, beginning with those on which the server failed the last time. The error says why it
// could not go on; starting again goes on from there.
func Import(ctx context.Context, cfg Config, deps Deps) error {
	im := &run{cfg: cfg, deps: deps, known: deps.Journal.Summary().Rows, again: map[int]bool{}}
	for _, row := range deps.Journal.Failed() {
		im.again[row] = true
	}
	pause, last := firstPause, deps.Now()
	for {
		before := im.answered
		err := im.session(ctx)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if im.answered > before {
			pause, last = firstPause, deps.Now()
		}
		if !passing(err) || deps.Now().Sub(last) > cfg.Patience {
			return err
		}
		deps.Retrying(err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// passing holds for the errors of a stream that may go away by themselves. What is wrong with a row is no such error.
func passing(err error) bool {
	st, ok := status.FromError(err)
	if !ok {
		return false
	}
	return !slices.Contains([]codes.Code{
		codes.Unauthenticated, codes.PermissionDenied, codes.InvalidArgument, codes.Unimplemented, codes.FailedPrecondition, codes.NotFound,
	}, st.Code())
}

// FileError is why no more of the file can be read. Starting again does not help before the file is another one.
type FileError struct{ Cause error }

// Error says what is wrong with the file.
func (e *FileError) Error() string { return e.Cause.Error() }

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Cause }

// run is an import at work.
type run struct {
	cfg  Config
	deps Deps
	// known is how many rows had an outcome at the beginning; again are those of them that are sent again.
	known int
	again map[int]bool
	// answered counts the rows that have an outcome since.
	answered int
	// waiting are the rows that were read and have no outcome when a session ends.
	waiting []Line
	// passed counts the rows that were read.
	passed int
	// read is true once there are no more rows to read, for the reason of failed if any.
	read   bool
	failed error
}

// session sends rows over one stream: first those that wait, then new ones.
func (r *run) session(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	stream, err := r.deps.Client.ImportComplaints(ctx)
	if err != nil {
		return err
	}
	under := make(chan Line, r.cfg.Concurrency)
	left := make(chan []Line, 1)
	go func() {
		defer close(under)
		left <- r.send(ctx, stream, under)
	}()
	var unanswered []Line
	for line := range under {
		if err == nil {
			err = r.receive(stream, line)
		}
		if err != nil {
			stop()
			unanswered = append(unanswered, line)
		}
	}
	r.waiting = slices.Concat(unanswered, <-left)
	if err != nil || len(r.waiting) > 0 {
		return err
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		return err
	}
	return r.failed
}

// send sends rows until there are no more or the session ends, and returns those that it read and did not get to. Each is under way
// before it is sent, so that none is forgotten.
func (r *run) send(ctx context.Context, stream intakev1.ImportService_ImportComplaintsClient, under chan<- Line) (left []Line) {
	begin := &intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Options{Options: r.cfg.Options}}
	broken := stream.Send(begin) != nil // Receiving tells why.
	left = r.waiting
	for ctx.Err() == nil {
		if len(left) == 0 {
			line, ok := r.next()
			if !ok {
				_ = stream.CloseSend() // It never fails.
				return nil
			}
			left = append(left, line)
		}
		select {
		case under <- left[0]:
		case <-ctx.Done():
			return left
		}
		if row := left[0].Row; row != nil && !broken {
			broken = stream.Send(&intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Row{Row: row}}) != nil
		}
		left = left[1:]
	}
	return left
}

// next reads up to the next row that is to be sent.
func (r *run) next() (Line, bool) {
	for !r.read {
		line, err := r.deps.Rows.Next()
		switch {
		case err == nil && line.Number <= r.known && !r.again[line.Number]:
			r.passed++
		case err == nil:
			r.passed++
			return line, true
		default:
			r.read = true
			if !errors.Is(err, io.EOF) {
				r.failed = &FileError{Cause: err}
			} else if r.passed < r.known {
				r.failed = errors.New("the file has fewer rows than outcomes")
			}
		}
	}
	return Line{}, false
}

// receive gets the outcome of a row and notes it.
func (r *run) receive(stream intakev1.ImportService_ImportComplaintsClient, line Line) error {
	outcome := &Outcome{Row: line.Number, Line: line.Place, ExternalID: line.ExternalID, Problem: fromProblem(line.Problem)}
	if line.End > line.Place {
		outcome.EndLine = line.End
	}
	if line.Problem == nil {
		silent := time.AfterFunc(silence, r.deps.Waiting)
		answer, err := stream.Recv()
		silent.Stop()
		if errors.Is(err, io.EOF) {
			return status.Error(codes.Unavailable, "the server ended the import before its time")
		}
		if err != nil {
			return err
		}
		outcome.Complaint, outcome.Reference, outcome.Already = answer.GetComplaint(), answer.GetReference(), answer.GetAlready()
		outcome.Conflict, outcome.Problem = answer.GetConflict(), answered(answer.GetProblem())
	}
	if err := r.deps.Journal.Add(outcome); err != nil {
		return fmt.Errorf("outcomes: %w", err)
	}
	r.answered++
	r.deps.Progress(r.deps.Journal.Summary())
	return nil
}
