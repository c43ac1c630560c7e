// Package storetest is what every followup.Store has to pass.
package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/telemetry/facts"
)

// Env is an empty store with what a test needs to look behind it.
type Env struct {
	// Store is the store.
	Store followup.Store
	// Records is the same store, of what may prove something.
	Records followup.RecordStore
	// Series is the same store, of what follows a resolution.
	Series followup.SeriesStore
	// Outbox is the same store, of messages that wait.
	Outbox followup.Outbox
	// Hooks is the same store, of what outside systems are told.
	Hooks followup.WebhookStore
	// Duties is the same store, as metrics see it.
	Duties facts.Duties
	// Types reads the types of the events that the store has put into its log for
	// a subject, in order.
	Types func(t *testing.T, subject string) []string
}

// Run runs the suite. Each call of open gives an empty store.
func Run(t *testing.T, open func(t *testing.T) Env) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Env){
		"RoundTrip":              testRoundTrip,
		"DueTimeNeverMovesLater": testDueTimeNeverMovesLater,
		"Moved":                  testMoved,
		"AllOrNothing":           testAllOrNothing,
		"EventOnce":              testEventOnce,
		"CommandOnce":            testCommandOnce,
		"Unknown":                testUnknown,
		"Notification":           testNotification,
		"Outbox":                 testOutbox,
		"OutboxClaim":            testOutboxClaim,
		"OutboxReach":            testOutboxReach,
		"OutboxLists":            testOutboxLists,
		"Webhook":                testWebhook,
		"WebhookHear":            testWebhookHear,
		"WebhookClaim":           testWebhookClaim,
		"WebhookSettle":          testWebhookSettle,
		"WebhookRedrive":         testWebhookRedrive,
		"WebhookLists":           testWebhookLists,
		"OneChangeAtATime":       testOneChangeAtATime,
		"CallbackOrder":          testCallbackOrder,
		"CallbackFilter":         testCallbackFilter,
		"CallbackFilterWrong":    testCallbackFilterWrong,
		"CallbackAttempts":       testCallbackAttempts,
		"CallbackByWish":         testCallbackByWish,
		"HeldAttempts":           testHeldAttempts,
		"PromiseRoundTrip":       testPromiseRoundTrip,
		"PromiseOrder":           testPromiseOrder,
		"PromiseFilter":          testPromiseFilter,
		"Record":                 testRecord,
		"Person":                 testPerson,
		"Count":                  testCount,
		"CountNothing":           testCountNothing,
		"TouchRoundTrip":         testTouchRoundTrip,
		"OpenSeries":             testOpenSeries,
		"TouchNeighbours":        testTouchNeighbours,
		"TouchLists":             testTouchLists,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// at is the time so many minutes after the start of these tests.
func at(minutes int) time.Time {
	return time.Date(2026, time.January, 5, 2, 0, 0, 123_000, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

func complaint(id string) followup.Complaint {
	return followup.Complaint{
		ID: id, Customer: "customers/" + id, Reference: "R-1", Language: "zh-Hant", Severity: policyv1.Severity_HIGH,
		Cycle: 1, ReceiveTime: at(0),
	}
}

// callback is an open callback duty.
func callback(id string, cycle int32, due time.Time) *followup.Duty {
	return &followup.Duty{
		Complaint: id, ID: followup.DutyID(cycle, policyv1.DutyKind_CALLBACK), Kind: policyv1.DutyKind_CALLBACK,
		Cycle: cycle, State: followupv1.Duty_OPEN, OpenTime: at(0), DueTime: due,
	}
}

// draft is an event on a duty.
func draft(id string) eventlog.Draft {
	return eventlog.Draft{
		Subject: "complaints/" + id, Cycle: 1, Actor: "services/test", RecordTime: at(0),
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{
			Duty: "complaints/" + id + "/duties/1-callback", DueTime: timestamppb.New(at(60)),
		}}},
	}
}

// put makes one change.
func put(t *testing.T, env Env, id string, changes followup.Changes) {
	t.Helper()
	done, err := env.Store.Change(t.Context(), followup.Change{Complaint: id}, func(c *followup.Case) error {
		c.Changes = changes
		return nil
	})
	require.NoError(t, err)
	require.False(t, done.Repeated)
}

// open makes a complaint with callbacks.
func open(t *testing.T, env Env, id string, duties ...*followup.Duty) {
	t.Helper()
	c := complaint(id)
	put(t, env, id, followup.Changes{Complaint: &c, Opened: duties})
}
