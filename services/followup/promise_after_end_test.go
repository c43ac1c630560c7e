package followup_test

import (
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// promiseMade is what the last promise of a complaint was told by.
func (d *desk) promiseMade(t *testing.T, complaint string) *eventv1.PromiseMade {
	t.Helper()
	var last *eventv1.PromiseMade
	for _, p := range d.payloads(t, complaint) {
		if made := p.GetPromiseMade(); made != nil {
			last = made
		}
	}
	require.NotNil(t, last)
	return last
}

// TestWhatIsPromisedAfterTheEndIsOwed in the cycle that begins by it, however the complaint had ended: it was said (PROM-2).
func TestWhatIsPromisedAfterTheEndIsOwed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "PROM-2")
	for name, end := range map[string]func(d *desk) *eventv1.Payload{
		"resolved":        func(d *desk) *eventv1.Payload { return resolved(d.clock.Now()) },
		"withdrawn":       func(*desk) *eventv1.Payload { return closed(intakev1.Complaint_WITHDRAWN) },
		"not a complaint": func(*desk) *eventv1.Payload { return closed(intakev1.Complaint_NOT_A_COMPLAINT) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.promise(t, complaint, d.updates(time.Hour))
			require.False(t, d.promiseMade(t, complaint).GetAfterEnd())
			d.happens(t, complaint, 1, end(d))
			asked, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{
				Parent: complaint, Promise: d.saidOnce(time.Hour), ValidateOnly: true,
			})
			require.NoError(t, err)
			require.Empty(t, asked.GetName())

			made := d.promise(t, complaint, d.saidOnce(time.Hour))
			require.EqualValues(t, 2, made.GetCycle())
			require.Equal(t, followupv1.Promise_OPEN, made.GetState())
			told := d.promiseMade(t, complaint)
			require.True(t, told.GetAfterEnd())
			require.Equal(t, complaint+"/duties/2-promise-2", told.GetDuty())
			events := d.events(t, complaint)
			require.EqualValues(t, 2, events[len(events)-1].GetCycle())

			second := func() int {
				res, err := d.agent.ListDuties(t.Context(), &followupv1.ListDutiesRequest{Parent: complaint, Cycle: 2})
				require.NoError(t, err)
				return len(res.GetDuties())
			}
			require.Zero(t, second(), "its workflow would take it for all that is owed")
			d.happens(t, complaint, 2, d.reopened(t))
			require.Greater(t, second(), 1)
			require.Equal(t, made.GetEtag(), d.reread(t, made).GetEtag(), "it stays as it is")
			require.Contains(t, d.duties(t, complaint), "2-promise-2", "the workflow of the cycle finds it")
			res, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: 2})
			require.NoError(t, err)
			require.NotEmpty(t, res.GetObjections())
			d.pass(2 * time.Hour)
			require.Equal(t, followupv1.Promise_BROKEN, d.reread(t, made).GetState())
			require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "2-promise-2").GetAnswer())
			require.Equal(t, followupv1.Promise_KEPT, d.keep(t, made, time.Time{}).GetState())
			require.EqualValues(t, 2, d.promise(t, complaint, d.saidOnce(time.Hour)).GetCycle())
			require.False(t, d.promiseMade(t, complaint).GetAfterEnd(), "it is open again")
		})
	}
}

// TestWhatIsPromisedWhereTheMatterWentOnIsSaidThere: a complaint that was merged has no next cycle, and the refusal names the other one.
func TestWhatIsPromisedWhereTheMatterWentOnIsSaidThere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	d := newDesk(t)
	from, into := d.receive(t), d.receive(t)
	d.merge(t, from, into)
	for _, only := range []bool{true, false} {
		_, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{
			Parent: from, Promise: d.saidOnce(time.Hour), ValidateOnly: only,
		})
		rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_MATTER_WENT_ON.String())
		rpctest.RequireMetadata(t, err, "into", into)
	}
	require.Empty(t, d.list(t, from, ""))
	d.promise(t, into, d.saidOnce(time.Hour))
	last := d.receive(t)
	d.merge(t, into, last)
	_, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{Parent: from, Promise: d.saidOnce(time.Hour)})
	rpctest.RequireMetadata(t, err, "into", last) // Not one that has ended itself.
}

// TestOneTooManyIsRecordedAndMarked, up to a bound: nobody makes so many promises in earnest (PROM-2).
func TestOneTooManyIsRecordedAndMarked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	d := newDeskBy(t, "promises: {open_most: 2, open_bound: 4}")
	complaint := d.receive(t)
	var first *followupv1.Promise
	for range 2 {
		first = d.promise(t, complaint, d.saidOnce(time.Hour))
		require.Empty(t, first.GetExcesses())
	}
	asked, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{
		Parent: complaint, Promise: d.saidOnce(time.Hour), ValidateOnly: true,
	})
	require.NoError(t, err)
	require.Equal(t, []followupv1.Promise_Excess{followupv1.Promise_TOO_MANY}, asked.GetExcesses(), "it is warned of beforehand")
	for n := range 2 {
		more := d.promise(t, complaint, d.saidOnce(time.Hour))
		require.Equal(t, []followupv1.Promise_Excess{followupv1.Promise_TOO_MANY}, more.GetExcesses())
		require.Equal(t, more.GetExcesses(), d.reread(t, more).GetExcesses())
		told := d.promiseMade(t, complaint)
		require.Equal(t, n == 0, told.GetUnauthorised(), "the ladder hears of it, once")
		require.Equal(t, []string{"TOO_MANY"}, told.GetExcesses())
	}
	_, err = d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{Parent: complaint, Promise: d.saidOnce(time.Hour)})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_TOO_MANY_PROMISES.String())
	rpctest.RequireMetadata(t, err, "most", "4")
	require.Len(t, d.list(t, complaint, ""), 4)
	d.keep(t, first, time.Time{})
	require.Equal(t, []followupv1.Promise_Excess{followupv1.Promise_TOO_MANY}, d.promise(t, complaint, d.saidOnce(time.Hour)).GetExcesses())
}

// TestWhoOwesAPromiseIsNamedByItsWarning, so that routing has them told, too; of what is nobody's in particular whoever is in charge is warned alone.
func TestWhoOwesAPromiseIsNamedByItsWarning(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	d := newDesk(t)
	complaint := d.receive(t)
	theirs := d.saidOnce(3 * time.Hour)
	theirs.Owner = "agents/wu"
	for i, p := range []*followupv1.Promise{theirs, d.saidOnce(3 * time.Hour)} {
		made := d.promise(t, complaint, p)
		duty := d.duties(t, complaint)[path.Base(made.GetDuty())]
		at := duty.GetWarnTimes()[0]
		_, err := d.worker.WarnDuty(t.Context(), &followupv1.WarnDutyRequest{Name: duty.GetName(), WarnTime: at})
		require.NoError(t, err)
		payloads := d.payloads(t, complaint)
		warned := payloads[len(payloads)-1].GetDutyWarned()
		require.Equal(t, []string{"agents/wu", ""}[i], warned.GetOwner())
		require.Equal(t, at.AsTime(), warned.GetWarnTime().AsTime())
	}
}
