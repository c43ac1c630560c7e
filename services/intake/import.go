package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"sync"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/idem"
)

// importWindow is how many rows of one import are worked on at a time: what the
// store files in one go, and as many again on their way. More rows wait in the
// connection, so an import of any length needs the same memory.
const importWindow = 128

// ImportComplaints files many complaints that were received elsewhere (REC-8). Rows
// are worked on side by side and answered in their order; those with the same external
// id one after the other, so that the first of them is the one that is filed.
func (s *Service) ImportComplaints(stream intakev1.ImportService_ImportComplaintsServer) error {
	first, err := stream.Recv()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return outOfOrder()
		}
		return err
	}
	if first.GetOptions() == nil {
		return outOfOrder()
	}
	// A row is known by its source and external id, not by a key of the whole stream.
	ctx, stop := context.WithCancel(idem.NewContext(stream.Context(), idem.Command{}))
	im := &importer{service: s, options: first.GetOptions(), rehearsed: rehearsed{most: mostRehearsed}, answers: make(chan chan answer, importWindow)}
	defer im.running.Wait()
	defer stop()
	go im.read(ctx, stream)
	for waiting := range im.answers {
		a := <-waiting
		if a.err != nil {
			return a.err
		}
		if err := stream.Send(a.response); err != nil {
			return err
		}
	}
	return im.broken
}

// importer is one import at work.
type importer struct {
	service *Service
	options *intakev1.ImportOptions
	// rehearsed is what a dry run would have filed.
	rehearsed rehearsed
	// answers are the places of the answers, in the order of the rows.
	answers chan chan answer
	running sync.WaitGroup
	// last has, by external id, a channel that is closed when the last row with it that
	// came is done.
	last sync.Map
	// broken is why no more rows came, once answers is closed; nil after the last one.
	broken error
}

// answer is what came of a row; an error ends the import.
type answer struct {
	response *intakev1.ImportComplaintsResponse
	err      error
}

// read takes rows as long as there is room for their answers.
func (im *importer) read(ctx context.Context, stream intakev1.ImportService_ImportComplaintsServer) {
	defer close(im.answers)
	for number := int32(1); ; number++ {
		req, err := stream.Recv()
		var refused *errs.Error
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil && !errors.As(err, &refused):
			im.broken = err
			return
		case err == nil && req.GetRow() == nil:
			im.broken = outOfOrder()
			return
		}
		place := make(chan answer, 1)
		select {
		case im.answers <- place:
		case <-ctx.Done():
			return
		}
		if refused != nil {
			// It could not be decoded; where it stands in the stream is all that is known of it.
			place <- answer{response: &intakev1.ImportComplaintsResponse{Row: number, Problem: problemOf(refused)}}
			continue
		}
		take := im.inTurn(ctx, req.GetRow().GetExternalId())
		im.running.Go(func() { take(func() { place <- im.take(ctx, number, req.GetRow()) }) })
	}
}

// inTurn gives a row its place behind those with the same external id. What it returns
// waits for them, unless the import ends before, and carries something out.
func (im *importer) inTurn(ctx context.Context, externalID string) (carry func(out func())) {
	done := make(chan struct{})
	earlier, _ := im.last.Swap(externalID, done)
	return func(out func()) {
		defer im.last.CompareAndDelete(externalID, done)
		defer close(done)
		if before, waits := earlier.(chan struct{}); waits {
			select {
			case <-before:
			case <-ctx.Done():
			}
		}
		out()
	}
}

// take judges and files one row. What is wrong with the row is its answer; what is
// wrong with us, and will pass, ends the import, so that the row is sent again.
func (im *importer) take(ctx context.Context, number int32, row *intakev1.ImportRow) (a answer) {
	a.response = &intakev1.ImportComplaintsResponse{Row: number, ExternalId: row.GetExternalId()}
	defer func() {
		if cause := recover(); cause != nil {
			im.service.logger.ErrorContext(ctx, "a row of an import fails", "row", number, "cause", fmt.Sprintf("panic: %v\n%s", cause, debug.Stack()))
			a.response.Problem = problemOf(errors.New("panic"))
		}
	}()
	filed, err := im.service.importRow(ctx, im.options, row, &im.rehearsed)
	if crowded, ok := errors.AsType[*crowdedError](err); ok {
		a.err = notTakenUp(number-1, crowded.waiting)
		return a
	}
	switch code := errs.Status(err).Code(); code {
	case codes.OK:
		if filed.record.ID != "" {
			a.response.Complaint, a.response.Reference = filed.record.Name(), filed.record.Reference
		}
		a.response.Already, a.response.Conflict = filed.earlier, filed.conflict
	case codes.Unavailable, codes.Canceled, codes.DeadlineExceeded:
		a.err = err
	default:
		if code == codes.Internal {
			im.service.logger.ErrorContext(ctx, "a row of an import fails", "row", number, "cause", err.Error())
		}
		a.response.Problem = problemOf(err)
	}
	return a
}

// problemOf is an error as the answer to a row.
func problemOf(err error) *errorv1.Problem {
	st := errs.Status(err)
	problem := &errorv1.Problem{Code: code.Code(st.Code()).String(), Reason: errs.Reason(err), Message: st.Message()}
	if known, ok := errors.AsType[*errs.Error](err); ok {
		problem.Metadata = known.Metadata
		for _, violation := range known.Violations {
			problem.Fields = append(problem.Fields, &errorv1.FieldProblem{
				Field: violation.Field, Description: violation.Description, Reason: violation.Reason,
			})
		}
	}
	return problem
}

// outOfOrder is a stream that is no import.
func outOfOrder() error {
	return errs.Invalid(intakev1.ErrorReason_IMPORT_OUT_OF_ORDER.String(), "",
		"An import is a message with options, and then messages with rows.")
}

// notTakenUp ends an import that would only make those wait longer who complain now.
func notTakenUp(done int32, waiting int) error {
	return errs.Unavailable(intakev1.ErrorReason_NOT_TAKEN_UP.String(),
		"Complaints are filed, but not taken up at the moment: %d wait, so open ones are not added to them. "+
			"%d rows of this call were answered; the same file can be sent again, and goes on behind what is in.", waiting, done).
		With("done", strconv.Itoa(int(done))).With("waiting", strconv.Itoa(waiting))
}
