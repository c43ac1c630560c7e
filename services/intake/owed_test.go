package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// promised, kept and let have followup tell of a promise.
func (f *fixture) promised(complaint, id string) {
	f.t.Helper()
	f.hears(complaint, 1, "promise_made", &eventv1.Payload{Kind: &eventv1.Payload_PromiseMade{PromiseMade: &eventv1.PromiseMade{
		Promise: complaint + "/promises/" + id,
	}}})
}

func (f *fixture) kept(complaint, id string) {
	f.t.Helper()
	f.hears(complaint, 1, "promise_kept", &eventv1.Payload{Kind: &eventv1.Payload_PromiseKept{PromiseKept: &eventv1.PromiseKept{
		Promise: complaint + "/promises/" + id,
	}}})
}

func (f *fixture) let(complaint, id string) {
	f.t.Helper()
	f.hears(complaint, 1, "promise_released", &eventv1.Payload{Kind: &eventv1.Payload_PromiseReleased{PromiseReleased: &eventv1.PromiseReleased{
		Promise: complaint + "/promises/" + id, ByCustomer: true,
	}}})
}

// TestWhatWasPromisedIsNotClosedAway: a complaint is neither closed as none nor withdrawn while something is owed that was promised in it, and
// is when each promise was kept or given up. Updates on how it goes end with the matter.
func TestWhatWasPromisedIsNotClosedAway(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "REM-5", "CLK-4")
	for name, end := range map[string]func(f *fixture, complaint string) error{
		"as spam": func(f *fixture, complaint string) error {
			_, err := f.agent.CloseComplaint(f.t.Context(), &intakev1.CloseComplaintRequest{
				Name: complaint, Outcome: intakev1.Complaint_NOT_A_COMPLAINT, Spam: true, Reason: "spam",
			})
			return err
		},
		"as withdrawn": func(f *fixture, complaint string) error {
			_, err := f.agent.WithdrawComplaint(f.t.Context(), &intakev1.WithdrawComplaintRequest{Name: complaint, Reason: "x"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			complaint := f.file().GetName()
			f.hears(complaint, 1, "promise_made", &eventv1.Payload{Kind: &eventv1.Payload_PromiseMade{PromiseMade: &eventv1.PromiseMade{
				Promise: complaint + "/promises/updates", Period: durationpb.New(1),
			}}})
			f.promised(complaint, "a")
			f.promised(complaint, "b")
			f.promised(complaint, "b") // As a merge may tell it.
			for _, settle := range []func(complaint, id string){f.kept, f.let} {
				err := end(f, complaint)
				rpctest.RequireReason(t, err, codes.FailedPrecondition, intakev1.ErrorReason_PROMISE_OWED.String())
				require.ErrorContains(t, err, complaint+"/promises/b")
				require.ErrorContains(t, err, ":release")
				require.Equal(t, intakev1.Complaint_RECEIVED, f.get(complaint).GetState())
				settle(complaint, map[string]string{"2": "a", "1": "b"}[metadata(t, err)["count"]])
			}
			require.NoError(t, end(f, complaint))
		})
	}
}

// TestMoreIsOwedThanIsListed: the words of the refusal stay short.
func TestMoreIsOwedThanIsListed(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1")
	f := newFixture(t)
	complaint := f.file().GetName()
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		f.promised(complaint, id)
	}
	_, err := f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: complaint, Reason: "x"})
	require.ErrorContains(t, err, "and 2 more")
	require.Equal(t, "7", metadata(t, err)["count"])
}

// TestTheCustomerMayWithdraw through a front end whatever was promised: it is the customer's to give up.
func TestTheCustomerMayWithdraw(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-1", "CLK-4")
	f := newFixture(t)
	complaint := f.file().GetName()
	f.promised(complaint, "a")
	web := intakev1.NewIntakeServiceClient(f.harness.Conn("frontends/web", authv1.Role_PUBLIC))
	_, err := web.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: complaint, Reason: "x"})
	require.NoError(t, err)
}

// TestWhatWasPromisedAfterTheEndOpensTheComplaintAgain: it is owed in a cycle with somebody in charge and a clock (PROM-2).
func TestWhatWasPromisedAfterTheEndOpensTheComplaintAgain(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2", "CLK-4")
	f := newFixture(t)
	after := func(complaint, id string, period *durationpb.Duration) *eventv1.Payload {
		return &eventv1.Payload{Kind: &eventv1.Payload_PromiseMade{PromiseMade: &eventv1.PromiseMade{
			Promise: complaint + "/promises/" + id, AfterEnd: true, Period: period,
		}}}
	}
	name := f.in(intakev1.Complaint_RESOLVED).GetName()
	f.promised(name, "late")
	require.Equal(t, int32(1), f.get(name).GetCycle(), "what was promised before the end, and is heard after it, opens nothing")
	again := f.hears(name, 2, "promise_made", after(name, "a", nil))
	require.False(t, again())
	c := f.get(name)
	require.Equal(t, intakev1.Complaint_ACTIVE, c.GetState())
	require.Equal(t, int32(2), c.GetCycle())
	f.hears(name, 2, "promise_made", after(name, "b", nil))
	require.Equal(t, int32(2), f.get(name).GetCycle(), "it is open")
	_, err := f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: name, Reason: "x"})
	rpctest.RequireReason(t, err, codes.FailedPrecondition, intakev1.ErrorReason_PROMISE_OWED.String())

	updates := f.in(intakev1.Complaint_RESOLVED).GetName()
	f.hears(updates, 2, "promise_made", after(updates, "a", durationpb.New(1)))
	require.Equal(t, int32(2), f.get(updates).GetCycle(), "of updates, too")
}
