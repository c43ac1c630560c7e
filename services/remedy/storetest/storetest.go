// Package storetest is what every remedy.Store must do. There are no exceptions.
package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/remedy"
)

// Env is an empty store with what a test needs to look behind it.
type Env struct {
	// Store is the store.
	Store remedy.Store
	// Types reads the types of the events that the store has put into its log for a subject, in order.
	Types func(t *testing.T, subject string) []string
}

// Run checks the stores that open makes, each empty and independent of the others.
func Run(t *testing.T, open func(t *testing.T) Env) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Env){
		"an unknown complaint":           unknown,
		"a change is written whole":      whole,
		"a failed change writes nothing": nothing,
		"an event is accepted once":      eventOnce,
		"a command is carried out once":  commandOnce,
		"remedies are listed in order":   order,
		"one change at a time":           oneAtATime,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// at is a moment in the precision that stores keep, so many seconds after the first one.
func at(seconds int) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 123_000, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// complaint is a known complaint.
func complaint(id string) remedy.Complaint {
	return remedy.Complaint{ID: id, Customer: "customers/" + id, Cycle: 1}
}

// proposal is a remedy that says all there is to say.
func proposal(complaint, id string, seconds int) remedy.Remedy {
	return remedy.Remedy{
		Complaint: complaint, ID: id, State: remedyv1.Remedy_PROPOSED, Fallback: []byte{0, 255}, Customer: "customers/" + complaint,
		Proposer: "agents/lin", Cycle: 2, CreateTime: at(seconds), Version: 3,
		Options: []remedy.Option{
			{
				Kind: remedyv1.Option_REFUND, Basis: remedyv1.Option_ENTITLEMENT, Contents: []byte{1, 0},
				Amount: remedy.Money{Currency: "CNY", Units: 1_000_000_000_000, Nanos: 999_999_999}, FulfilTime: at(60),
			},
			{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_FAULT, Contents: []byte{2}},
			{Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: []byte{3}, Amount: remedy.Money{Currency: "HKD"}},
		},
	}
}

// draft is an event on a complaint.
func draft(id string) eventlog.Draft {
	return eventlog.Draft{
		Subject: "complaints/" + id, Cycle: 1, Actor: "agents/lin", RecordTime: at(0),
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_RemedyProposed{RemedyProposed: &eventv1.RemedyProposed{OptionCount: 1}}},
	}
}

// put makes one change.
func put(t *testing.T, env Env, id string, changes remedy.Changes) {
	t.Helper()
	done, err := env.Store.Change(t.Context(), remedy.Change{Complaint: id}, func(c *remedy.Case) error {
		c.Changes = changes
		return nil
	})
	require.NoError(t, err)
	require.False(t, done.Repeated)
}

// propose puts a remedy on record.
func propose(t *testing.T, env Env, r remedy.Remedy) {
	t.Helper()
	put(t, env, r.Complaint, remedy.Changes{Remedy: &r})
}
