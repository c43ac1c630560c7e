package dispatch

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	workflowv1 "github.com/redress-dev/redress/gen/redress/workflow/v1"
	"github.com/redress-dev/redress/workflows/complaint"
)

// alarmError says that the ladder could not be told of a signal of risk. Nothing that comes after the signal depends on that.
type alarmError struct {
	workflowID string
	err        error
}

// Error says what was to be told, and why it was not.
func (e *alarmError) Error() string {
	return "signal " + e.workflowID + ": no workflow runs, and telling the ladder: " + e.err.Error()
}

// Unwrap returns routing's answer.
func (e *alarmError) Unwrap() error { return e.err }

// alarm brings the signals of risk among the facts before the ladder (ROUTE-4, RISK-5), as the workflow would: routing knows those
// of which it was told. A complaint that routing never heard of has no ladder: the signal stays on record and is told nobody.
func (d *Dispatcher) alarm(ctx context.Context, event *eventv1.Event, told *workflowv1.ComplaintSignal) error {
	var failed error
	for _, fact := range append([]*workflowv1.ComplaintSignal{told}, told.GetLater()...) {
		if fact.GetRisk() == nil {
			continue
		}
		notice := complaint.SignalNotice(event.GetSubject(), event.GetCycle(), fact.GetRisk().GetSignal())
		_, err := d.deps.Routing.RaiseEscalation(ctx, notice)
		if unheard(err) {
			d.deps.Logger.WarnContext(ctx, "a signal of risk is told nobody, because routing does not know its complaint",
				"complaint", event.GetSubject(), "event", fact.GetEventId(), "signal", fact.GetRisk().GetSignal().String())
			continue
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// unheard is true when routing knows no such complaint, and it is none of the last moments, of which it might hear yet.
func unheard(err error) bool {
	s := status.Convert(err)
	for _, detail := range s.Details() {
		info, ok := detail.(*errdetails.ErrorInfo)
		if ok && s.Code() == codes.NotFound && info.GetReason() == errorv1.Reason_COMPLAINT_NOT_FOUND.String() {
			return true
		}
	}
	return false
}
