package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// says has the customer say when to be reached, by the firm's clock.
func (d *desk) says(hours string) {
	d.contacts.mu.Lock()
	defer d.contacts.mu.Unlock()
	d.contacts.contact = followup.Contact{Recipient: followup.Recipient{Customer: customer}, Hours: hours}
}

// TestWhoObeysThePlanGetsThere: within hours that meet one time of day, or none, the plan leads to a customer who is unreachable (CALL-3).
func TestWhoObeysThePlanGetsThere(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-1", "CALL-3")
	for hours, times := range map[string]int32{"": 3, "19:00-21:00": 1, "23:00-23:30": 0, "06:00-09:00": 1, "11:00-13:00": 2} {
		t.Run(hours, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.says(hours)
			complaint := d.receive(t)
			planner := d.callbacks("agents/lin", authv1.Role_AGENT)
			for range 8 {
				plan, err := planner.PlanCallback(t.Context(), &followupv1.PlanCallbackRequest{
					Name: complaint + "/callbacks/1", ContactHours: hours, Ways: []policyv1.ContactWay{policyv1.ContactWay_PHONE},
				})
				require.NoError(t, err)
				if plan.GetCallback().GetReach().GetUnreachable() {
					require.Equal(t, times, plan.GetCallback().GetReach().GetTimesOfDay())
					_, err = d.giveNotice(t, complaint)
					require.NoError(t, err)
					return
				}
				require.False(t, plan.GetNextTime().AsTime().Before(d.clock.Now()))
				d.clock.Set(plan.GetNextTime().AsTime())
				d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{})
			}
			t.Fatal("eight calls as planned made nobody unreachable")
		})
	}
}

// TestCallsOutsideTheCustomersHoursCountForNothing (CALL-3).
func TestCallsOutsideTheCustomersHoursCountForNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-3")
	d := newDeskBy(t, anyTime)
	d.says("19:00-21:00")
	complaint := d.receive(t)
	d.tryInVain(t, complaint) // In the morning.
	_, err := d.giveNotice(t, complaint)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_NOTICE_TOO_EARLY.String())
	rpctest.RequireMetadata(t, err, "missing",
		"Missing: 3 more attempts in vain, 1 more time of day (day), 1 more day. What is tried outside the customer's hours does not count.")

	// Intake is away: what is tried is on record, as if the customer had said nothing.
	d.contacts.mu.Lock()
	d.contacts.err = errBroken()
	d.contacts.mu.Unlock()
	other := d.receive(t)
	d.tryInVain(t, other)
	_, err = d.giveNotice(t, other)
	require.NoError(t, err)
}
