package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func TestAComplaintThatEnded(t *testing.T) {
	t.Parallel()
	for state, end := range map[string]*eventv1.Payload{"RESOLVED": resolved(), "CLOSED": closed()} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := w.receive()
			w.happens(complaint, 1, end)
			_, err := w.create(t.Context(), complaint, proposal())
			rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_COMPLAINT_ENDED.String())
			require.Equal(t, map[string]string{"name": complaint, "state": state}, metadataOf(t, err))
			require.Empty(t, w.list(w.agent, complaint))
			require.Empty(t, w.told(complaint))

			w.happens(complaint, 2, reopened())
			r, err := w.create(t.Context(), complaint, proposal())
			require.NoError(t, err)
			require.EqualValues(t, 2, r.GetCycle())
			require.EqualValues(t, 2, w.told(complaint)[0].GetCycle())
		})
	}
	t.Run("closed after it was resolved", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		complaint := w.receive()
		w.happens(complaint, 1, resolved())
		w.happens(complaint, 1, closed())
		_, err := w.create(t.Context(), complaint, proposal())
		require.Equal(t, "CLOSED", metadataOf(t, err)["state"])
	})
}

// TestOrderOfFacts delivers the life of a complaint in every order that begins with a fact that names the customer.
func TestOrderOfFacts(t *testing.T) {
	t.Parallel()
	const open, ended = "", "CLOSED"
	facts := []struct {
		cycle   int32
		payload *eventv1.Payload
	}{{1, received()}, {1, resolved()}, {1, closed()}, {2, reopened()}, {2, closed()}}
	for _, c := range []struct {
		name  string
		order []int
		state string
	}{
		{"as recorded", []int{0, 1, 2, 3}, open},
		{"the end late", []int{0, 3, 2, 1}, open},
		{"the beginning late", []int{3, 1, 2, 0}, open},
		{"all, as recorded", []int{0, 1, 2, 3, 4}, ended},
		{"the reopening after its end", []int{0, 4, 1, 3, 2}, ended},
		{"the first end last", []int{3, 4, 0, 2, 1}, ended},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			complaint := "complaints/" + w.ids.ID()
			for _, i := range c.order {
				w.happens(complaint, facts[i].cycle, facts[i].payload)
			}
			w.happens(complaint, 2, understood(true))
			w.happens(complaint, 2, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{
				Department: "departments/returns", Assignee: "agents/lin",
			}}})
			r, err := w.create(t.Context(), complaint, proposal())
			if c.state == open {
				require.NoError(t, err)
				require.EqualValues(t, 2, r.GetCycle())
				return
			}
			require.Equal(t, c.state, metadataOf(t, err)["state"])
		})
	}
}

// TestNobodyIsAskedBeforeItIsKnownWhoIsInCharge: an approval would be of no department, and be found by nobody who looks for theirs; what
// is granted alone would be in no department's budget. What costs nothing may be proposed, and so may all of what was filed long ago and nobody is
// in charge of.
func TestNobodyIsAskedBeforeItIsKnownWhoIsInCharge(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "APPR-1", "APPR-3")
	w := newWorld(t)
	file := func() string {
		complaint := "complaints/" + w.ids.ID()
		w.happens(complaint, 1, received())
		w.happens(complaint, 1, understood(true))
		return complaint
	}
	complaint := file()
	_, err := w.create(t.Context(), complaint, proposal())
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	_, err = w.create(t.Context(), complaint, small())
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	require.Empty(t, w.entries(""), "nothing is held in no budget")
	sorry := small()
	sorry.Options[0].Kind, sorry.Options[0].Amount = remedyv1.Option_EXPLANATION, nil
	_, err = w.create(t.Context(), complaint, sorry)
	require.NoError(t, err)
	w.happens(complaint, 1, assigned())
	_, err = w.create(t.Context(), complaint, small())
	require.NoError(t, err)
	require.Equal(t, "departments/returns", w.entries("")[0].GetDepartment())
	_, err = w.create(t.Context(), complaint, proposal())
	require.NoError(t, err)
	unassigned := file()
	w.now = w.now.Add(time.Hour)
	_, err = w.create(t.Context(), unassigned, proposal())
	require.NoError(t, err)
}

func TestOtherFactsAreAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	w.happens(complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ResolutionRequested{ResolutionRequested: &eventv1.ResolutionRequested{}}})
	w.happens("customers/x", 0, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintUpdated{ComplaintUpdated: &eventv1.ComplaintUpdated{}}})
	_, err := w.create(t.Context(), complaint, proposal())
	require.NoError(t, err)
}

func TestFactsThatCannotBeApplied(t *testing.T) {
	t.Parallel()
	nobody := &eventv1.Payload{Kind: &eventv1.Payload_ComplaintReceived{ComplaintReceived: &eventv1.ComplaintReceived{}}}
	for _, c := range []struct {
		name    string
		subject string
		cycle   int32
		payload *eventv1.Payload
	}{
		{"no complaint", "customers/x", 1, received()},
		{"a part of a complaint", "complaints/x/remedies/y", 1, closed()},
		{"no cycle", "complaints/x", 0, received()},
		{"a fact of a customer", "customers/x", 0, understood(true)},
		{"no customer", "complaints/x", 1, nobody},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.deliver(w.recorded(c.subject, c.cycle, c.payload))
			rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		})
	}
}

// TestTheEndOfAnUnknownComplaint is not noted as seen, so that it is delivered again after the beginning.
func TestTheEndOfAnUnknownComplaint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := "complaints/" + w.ids.ID()
	end := w.recorded(complaint, 1, closed())
	_, err := w.deliver(end)
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String())
	w.now = w.now.Add(2 * time.Minute)
	_, err = w.deliver(end)
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	w.happens(complaint, 1, received())
	first, err := w.deliver(end)
	require.NoError(t, err)
	require.True(t, first)
	_, err = w.create(t.Context(), complaint, proposal())
	rpctest.RequireReason(t, err, codes.FailedPrecondition, remedyv1.ErrorReason_COMPLAINT_ENDED.String())
}
